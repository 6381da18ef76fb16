// Served by Nightclerk in place of a Clerk script that is not on this machine.
(() => {
  const text = 'Nightclerk has no copy of this Clerk script: ' + (document.currentScript?.src ?? '(unknown)') +
    '\n\nClerk\'s scripts are published packages, which Nightclerk serves and never loads from elsewhere by itself.' +
    '\nGet them once, in the folder where Nightclerk runs:' +
    '\n\n    nightclerk sdk pull' +
    '\n\nand reload this page. Packages in the node_modules of your app are found too, and --sdk-dir FOLDER names another' +
    ' folder that holds @clerk/clerk-js and @clerk/ui.'
  console.error(text)
  const id = 'nightclerk-missing-script'
  const show = () => {
    if (document.getElementById(id)) return
    const box = document.createElement('pre')
    box.id = id
    box.setAttribute('role', 'alert')
    box.textContent = text
    box.style.cssText = 'position:fixed;inset:auto 1rem 1rem;z-index:2147483647;margin:0;padding:1rem;white-space:pre-wrap;' +
      'overflow-wrap:anywhere;font:14px/1.5 ui-monospace,monospace;color:#fff;background:#7f1d1d;border-radius:8px'
    document.body.append(box)
  }
  if (document.body) show()
  else addEventListener('DOMContentLoaded', show)
})()
