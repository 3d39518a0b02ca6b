// What is wrong with the page, in a sentence each.
(() => {
  const faults = [];
  const all = (selector) => Array.from(document.querySelectorAll(selector));
  const name = (element) => element.outerHTML.slice(0, 90);
  const isSeen = (element) => element.getClientRects().length > 0;

  const over = document.documentElement.scrollWidth - window.innerWidth;
  if (over > 0) {
    const widest = all('body *').filter((e) => isSeen(e) && !e.closest('.wide, pre')
      && e.getBoundingClientRect().right > window.innerWidth + 1);
    faults.push('wider than the screen by ' + over + ': ' + widest.slice(-1).map(name));
  }

  if (!document.documentElement.lang) faults.push('no language');
  if (!document.title.trim()) faults.push('no title');
  if (all('main').length !== 1) faults.push('no main part');
  if (all('h1').length !== 1) faults.push(all('h1').length + ' headings of the first level');
  let level = 1;
  for (const heading of all('h1, h2, h3, h4')) {
    const own = Number(heading.tagName[1]);
    if (own > level + 1) faults.push('a level is left out before ' + name(heading));
    level = own;
  }

  for (const field of all('input:not([type=hidden]), select, textarea')) {
    const labels = Array.from(field.labels || []).map((label) => label.innerText.trim()).join('');
    if (isSeen(field) && !labels && !field.getAttribute('aria-label')) faults.push('no label: ' + name(field));
  }
  for (const control of all('button, a[href], summary')) {
    if (!control.innerText.trim() && !control.getAttribute('aria-label')) faults.push('says nothing: ' + name(control));
  }
  for (const button of all('button, input:not([type=hidden]), select, header a')) {
    const box = button.getBoundingClientRect();
    if (isSeen(button) && (box.height < 24 || box.width < 24)) faults.push('too small for a finger: ' + name(button));
  }
  for (const picture of all('svg, img')) {
    if (!picture.getAttribute('aria-label') && !picture.getAttribute('alt')) faults.push('no words for ' + name(picture));
  }
  for (const table of all('table')) {
    if (!table.querySelector('th')) faults.push('a table without a head: ' + name(table));
  }
  const ids = all('[id]').map((element) => element.id);
  if (new Set(ids).size !== ids.length) faults.push('an id is there twice');

  for (const element of all('*')) {
    if (element.tagName === 'SCRIPT') faults.push('a script');
    for (const attribute of element.attributes) {
      if (attribute.name.startsWith('on') || attribute.name === 'style') faults.push(attribute.name + ' on ' + name(element));
      if (/^\s*javascript:/i.test(attribute.value)) faults.push('a script as an address: ' + name(element));
    }
  }

  // Contrast as WCAG counts it: 4.5, or 3 for large text.
  const parts = (color) => (color.match(/[\d.]+/g) || []).map(Number);
  const linear = (c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  const bright = ([r, g, b]) => 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  const ground = matchMedia('(prefers-color-scheme: dark)').matches ? [18, 18, 18] : [255, 255, 255];
  const over2 = ([r, g, b, a = 1], below) => [r, g, b].map((c, n) => c * a + below[n] * (1 - a));
  const behind = (element) => {
    const below = element.parentElement ? behind(element.parentElement) : ground;
    return over2(parts(getComputedStyle(element).backgroundColor), below);
  };
  const told = new Set();
  for (const element of all('body *')) {
    const own = Array.from(element.childNodes).some((node) => node.nodeType === 3 && node.data.trim());
    if (!own || !isSeen(element) || element.closest('svg') || element.disabled) continue;
    const style = getComputedStyle(element);
    const below = behind(element);
    const [a, b] = [bright(over2(parts(style.color), below)), bright(below)];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const wanted = parseFloat(style.fontSize) >= 24 ? 3 : 4.5;
    const key = style.color + below;
    if (ratio < wanted && !told.has(key)) {
      told.add(key);
      faults.push('too pale (' + ratio.toFixed(1) + ', ' + style.color + ' on ' + below.map(Math.round) + '): ' + name(element));
    }
  }
  return faults;
})()
