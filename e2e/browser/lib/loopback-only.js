// Preloaded before anything else: a program reaches this machine and nothing else, as if there were no network.
//
// LOCAL_NAMES are further names of this machine, separated by spaces: what a line in /etc/hosts or a container's network
// would say. ASKED_HOSTS is a file to which each other name or address is added that the program looks up or connects to,
// after one empty line that says that this module was loaded.
import { appendFileSync } from 'node:fs';
import { createRequire, syncBuiltinESMExports } from 'node:module';

const require = createRequire(import.meta.url);
const dns = require('node:dns');
const net = require('node:net');

const note = (line) => process.env.ASKED_HOSTS && appendFileSync(process.env.ASKED_HOSTS, `${line}\n`);
const isNamedHere = (host) => (process.env.LOCAL_NAMES ?? '').split(' ').includes(host);
const plain = (host) => (net.isIPv6(host) ? new URL(`http://[${host}]`).hostname : host);
const isLoopback = (host) => ['localhost', '[::]', '[::1]', '0.0.0.0'].includes(plain(host)) || /^127\.[\d.]+$/.test(host);

/** What a machine without a network answers, and a line in the program's own words: Clerk's packages keep the reason back. */
function refuse(host) {
  note(host);
  const message = `only this machine may be asked, not ${host}`;
  console.error(message);
  return Object.assign(new Error(message), { code: 'ENOTFOUND', errno: -3008, syscall: 'getaddrinfo', hostname: host });
}

const { lookup } = dns;
dns.lookup = function (host, options, callback = options) {
  if (isNamedHere(host)) return lookup.call(dns, 'localhost', options, callback);
  if (!host || isLoopback(host)) return lookup.call(dns, host, options, callback);
  process.nextTick(callback, refuse(host));
};
Object.defineProperties(dns.lookup, Object.getOwnPropertyDescriptors(lookup)); // what util.promisify goes by

const promised = dns.promises.lookup;
dns.promises.lookup = async function (host, options) {
  if (isNamedHere(host)) return promised.call(dns.promises, 'localhost', options);
  if (!host || isLoopback(host)) return promised.call(dns.promises, host, options);
  throw refuse(host);
};

// An address needs no look-up: who is told one connects to it at once.
const { connect } = net.Socket.prototype;
net.Socket.prototype.connect = function (...args) {
  const [first, second] = args.flat();
  const host = typeof first === 'object' ? first?.host : second;
  if (typeof host === 'string' && net.isIP(host) && !isLoopback(host)) {
    process.nextTick(() => this.destroy(refuse(host)));
    return this;
  }
  return connect.apply(this, args);
};

syncBuiltinESMExports();
note('');
