// leadhook.js: remembers how a visitor first came here, adds that to the forms that post to
// leadhook, and sends those with data-leadhook without leaving the page.
(function () {
  'use strict';
  var script = document.currentScript, set = script.dataset, NAME = 'leadhook';
  var target = script.src.replace(/[^/]*$/, 'in/');
  var waitsForConsent = set.consent === 'required';
  var failed = set.error || 'Sending failed. Please try again.';

  function uuid() {
    var bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = bytes[6] & 15 | 64;
    bytes[8] = bytes[8] & 63 | 128;
    return Array.from(bytes, function (b, i) {
      return (i > 3 && i < 11 && i % 2 === 0 ? '-' : '') + (b + 256).toString(16).slice(1);
    }).join('');
  }

  // The first touch: found in the storage while it lasts, else made of this page.
  function remembered() {
    try {
      var found = JSON.parse(localStorage.getItem(NAME));
      return Date.now() < found.until ? found.touch : null;
    } catch (e) { return null; }
  }
  function forget() {
    touch = null;
    try { localStorage.removeItem(NAME); } catch (e) {}
  }
  function remember() {
    if (navigator.globalPrivacyControl) return forget();
    touch = remembered();
    if (touch || waitsForConsent) return;
    touch = { visitor_id: uuid(), landing_page: location.href, referrer: document.referrer };
    var until = Date.now() + (set.days || 90) * 864e5;
    try { localStorage.setItem(NAME, JSON.stringify({ until: until, touch: touch })); } catch (e) {}
  }
  var touch = null;
  remember();
  window.leadhook = {
    consent: function () { waitsForConsent = false; remember(); },
    forget: function () { waitsForConsent = true; forget(); }
  };

  function isOurs(form) {
    var action = new URL(form.getAttribute('action') || '', document.baseURI).href;
    return /^post$/i.test(form.getAttribute('method')) && action.indexOf(target) === 0;
  }

  // The browser asks for this whenever a form is sent, by us or by itself.
  document.addEventListener('formdata', function (event) {
    var form = event.target, data = event.formData, box = form.elements.consent;
    if (!isOurs(form)) return;
    function add(name, value) { if (value && !data.get(name)) data.set(name, value); }
    var content = new URLSearchParams(data).toString();
    if (form.leadhookContent !== content) {
      form.leadhookContent = content;
      form.leadhookKey = uuid();
    }
    for (var name in touch) add(name, touch[name]);
    // What an ad wrote into the address tells as much as what is stored.
    add('page_url', touch ? location.href : location.origin + location.pathname);
    var sender = document.referrer;
    if (sender && new URL(sender).host !== location.host) add('page_referrer', sender);
    if (data.get('consent')) {
      add('consent_time', new Date().toISOString());
      if (box && box.labels && box.labels[0]) add('consent_text', box.labels[0].textContent.trim());
    }
    data.set('_idempotency_key', form.leadhookKey);
    data.set('_elapsed_ms', Math.round(performance.now()));
  });

  function post(form, body, attempt) {
    function again(after) {
      if (attempt > 5) return Promise.reject(Error(failed));
      var wait = Math.min(after || Math.pow(2, attempt), 60) * 1000;
      return new Promise(function (go) { setTimeout(go, wait); })
        .then(function () { return post(form, body, attempt + 1); });
    }
    return fetch(form.getAttribute('action'), {
      method: 'POST', body: body, headers: { Accept: 'application/json' }
    }).then(function (answer) {
      if (answer.status > 499 || answer.status === 429) return again(+answer.headers.get('Retry-After'));
      // A web server in front may refuse it with a page of its own.
      if (!answer.ok) return answer.json().then(function (said) { return said.error.message; })
        .catch(function () {}).then(function (why) { throw Error(why || failed); });
    }, function () { return again(); });
  }

  document.addEventListener('submit', function (event) {
    var form = event.target, message = form.getAttribute('data-leadhook');
    if (event.defaultPrevented || message === null || !isOurs(form)) return;
    event.preventDefault();
    if (form.leadhookBusy) return;
    form.leadhookBusy = true;
    var error = form.querySelector('[role=alert]') || form.appendChild(document.createElement('p'));
    error.setAttribute('role', 'alert');
    error.textContent = '';
    var data = new FormData(form, event.submitter), body = new URLSearchParams(data);
    data.forEach(function (value) { if (value.name) body = data; });
    post(form, body, 0).then(function () {
      form.reset();
      if (message) document.querySelector(message).hidden = false;
    }, function (why) { error.textContent = why.message; }).then(function () {
      form.leadhookBusy = false;
    });
  });
})();
