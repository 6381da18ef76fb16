// Loads Clerk's scripts from this host and shows the component that the page is for.
const main = document.getElementById('portal')
const state = document.getElementById('state')
const { component, prefix, publishableKey, clerkJs, ui, allowedHosts } = main.dataset
const base = location.origin + prefix

const load = (path, attributes = {}) => new Promise((resolve, reject) => {
  const script = document.createElement('script')
  script.src = base + path
  script.crossOrigin = 'anonymous'
  for (const [name, value] of Object.entries(attributes)) script.setAttribute(name, value)
  script.onload = resolve
  script.onerror = () => reject(new Error(script.src + ' could not be loaded'))
  document.head.append(script)
})

// Where to go afterwards: into the app that sent the browser here. Apps under development live on this machine or in a
// network of their own; a page elsewhere must not be handed the browser's token.
const asked = new URLSearchParams(location.search).get('redirect_url') ??
  new URLSearchParams(location.hash.split('?')[1]).get('redirect_url')
const near = (host) => host === location.hostname || /^[^.:]+$/.test(host) || /\.(localhost|test|local|internal)$/.test(host) ||
  /^(10|127|192\.168|172\.(1[6-9]|2\d|3[01]))\.[\d.]+$/.test(host) || host === '[::1]' || /^\[f[cd]/.test(host) ||
  allowedHosts.split(' ').includes(host)
const destination = () => {
  if (!asked || !URL.canParse(asked, base)) return null
  const url = new URL(asked, base)
  if (!/^https?:$/.test(url.protocol)) return null
  if (!near(url.hostname)) {
    console.warn('Nightclerk does not send browsers on to ' + url.origin + ', which is not near this machine: start it with --allow-host ' +
      url.hostname + ' if that is your app.')
    return null
  }
  return url
}

const start = async () => {
  await Promise.all([
    load(clerkJs, { 'data-clerk-publishable-key': publishableKey, 'data-clerk-proxy-url': base }),
    ui && load(ui),
  ])
  const clerk = window.Clerk
  if (!clerk) { // the script in its place has said what is missing
    state.textContent = 'Clerk’s scripts are not on this machine.'
    return
  }
  const to = destination()
  const query = to ? '?redirect_url=' + encodeURIComponent(to.href) : ''
  const signInUrl = base + '/sign-in' + query
  const signUpUrl = base + '/sign-up' + query
  const waitlistUrl = base + '/waitlist' + query
  await clerk.load({
    ...(ui && { ui: { ClerkUI: window.__internal_ClerkUICtor } }),
    signInUrl, signUpUrl, waitlistUrl, telemetry: false,
    signInFallbackRedirectUrl: base + '/', signUpFallbackRedirectUrl: base + '/', afterSignOutUrl: base + '/sign-in',
    allowedRedirectOrigins: [location.origin, ...(to ? [to.origin] : [])],
  })
  // A ticket names its own user: whoever is signed in makes room, or the component would skip the ticket.
  if (new URLSearchParams(location.search).has('__clerk_ticket') && clerk.session) await clerk.signOut(() => {})
  state.textContent = ''
  const node = document.getElementById('component')
  const after = to ? { forceRedirectUrl: to.href, signInForceRedirectUrl: to.href, signUpForceRedirectUrl: to.href } : {}
  if (component === 'UserProfile' && !clerk.user) {
    location.replace(base + '/sign-in?redirect_url=' + encodeURIComponent(location.href))
  } else if (component === 'UserProfile') {
    clerk.mountUserProfile(node, { routing: 'hash' })
  } else if (component === 'Waitlist') {
    clerk.mountWaitlist(node, { signInUrl, ...(to && { afterJoinWaitlistUrl: to.href }) })
  } else {
    clerk['mount' + component](node, { routing: 'hash', signInUrl, signUpUrl, ...after })
  }
}

start().catch((error) => {
  console.error(error)
  state.textContent = 'Signing in could not be loaded: ' + error.message
})
