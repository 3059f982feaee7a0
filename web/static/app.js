// What pages of the portals do beyond links and forms. Everything here is an
// addition: without it the pages work, with a few more clicks.
(function () {
  'use strict';
  var toasts = document.getElementById('toasts');

  function text(name) { return toasts.getAttribute('data-t-' + name); }

  // closest finds the element with the attribute that an event began in.
  function closest(event, attribute) {
    return event.target.closest ? event.target.closest('[' + attribute + ']') : null;
  }

  // ---- toasts: a message, and a button that puts it away
  function dress(toast) {
    var shut = document.createElement('button');
    shut.type = 'button';
    shut.textContent = '×';
    shut.setAttribute('aria-label', text('close'));
    shut.addEventListener('click', function () { toast.remove(); });
    toast.appendChild(shut);
  }

  function say(message) {
    var toast = document.createElement('p');
    toast.className = 'toast';
    toast.textContent = message;
    dress(toast);
    toasts.replaceChildren(toast);
  }

  toasts.querySelectorAll('.toast').forEach(dress);
  document.body.addEventListener('toast', function (event) { say(event.detail.value || event.detail); });
  ['htmx:responseError', 'htmx:sendError'].forEach(function (name) {
    document.body.addEventListener(name, function () { say(text('failed')); });
  });

  // ---- dialogs and drawers
  function open(id) {
    var dialog = document.getElementById(id);
    if (dialog && !dialog.open) { dialog.showModal(); }
  }

  document.addEventListener('click', function (event) {
    var opener = closest(event, 'data-opens');
    if (opener) { open(opener.getAttribute('data-opens')); }
    if (event.target.nodeName === 'DIALOG') { event.target.close(); } // beside it
    document.querySelectorAll('details.account[open]').forEach(function (d) {
      if (!d.contains(event.target)) { d.open = false; }
    });
  });

  // ---- copying; the clipboard's own interface is missing where there is no TLS
  function copy(value) {
    if (navigator.clipboard) {
      navigator.clipboard.writeText(value).catch(function () { say(text('failed')); });
      return true;
    }
    var area = document.createElement('textarea');
    area.value = value;
    area.className = 'hear';
    document.body.appendChild(area);
    area.select();
    var done = document.execCommand('copy');
    area.remove();
    return done;
  }

  document.addEventListener('click', function (event) {
    var button = closest(event, 'data-copy');
    if (button && copy(button.getAttribute('data-copy'))) { say(text('copied')); }
  });

  // ---- the theme changes at once; the link tells the server to remember it
  document.addEventListener('click', function (event) {
    var link = closest(event, 'data-theme-switch');
    if (!link) { return; }
    event.preventDefault();
    document.documentElement.setAttribute('data-theme', link.getAttribute('data-theme-switch'));
    link.parentNode.querySelectorAll('a').forEach(function (a) { a.removeAttribute('aria-current'); });
    link.setAttribute('aria-current', 'true');
    window.fetch(link.href, { credentials: 'same-origin' }).then(function (res) { return res.text(); }).catch(function () {});
  });

  // ---- keys: / searches, g and a letter goes to a page, ? lists them
  var going = 0; // when g was pressed

  function typing(el) { return el.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(el.nodeName); }

  document.addEventListener('keydown', function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || typing(event.target) || document.querySelector('dialog[open]')) { return; }
    var find = document.getElementById('find');
    var pending = event.timeStamp - going < 1500;
    going = 0;
    if (pending && /^[a-z]$/.test(event.key)) {
      var link = document.querySelector('#nav [data-key="' + event.key + '"]');
      if (link) { event.preventDefault(); link.click(); return; }
    }
    if (event.key === 'g') { going = event.timeStamp; }
    if (event.key === '/' && find) { event.preventDefault(); find.focus(); find.select(); }
    if (event.key === '?') { event.preventDefault(); open('keys'); }
  });

  // ---- uploads: what was chosen is shown, may be dropped, and its way up is seen
  function show(box, files) {
    var preview = box.querySelector('.preview');
    var first = files[0];
    box.querySelector('.name').textContent = Array.prototype.map.call(files, function (f) {
      return f.name + ' (' + Math.max(1, Math.round(f.size / 1024)) + ' kB)';
    }).join(', ');
    if (preview.dataset.blob) { URL.revokeObjectURL(preview.dataset.blob); }
    if (first && /^image\//.test(first.type)) {
      preview.src = preview.dataset.blob = URL.createObjectURL(first);
      preview.hidden = false;
    }
  }

  document.addEventListener('change', function (event) {
    var box = closest(event, 'data-upload');
    if (box && event.target.type === 'file') { show(box, event.target.files); }
  });
  ['dragover', 'dragleave', 'drop'].forEach(function (name) {
    document.addEventListener(name, function (event) {
      var box = closest(event, 'data-upload');
      if (!box) { return; }
      event.preventDefault();
      box.classList.toggle('over', name === 'dragover');
      if (name === 'drop' && event.dataTransfer.files.length) {
        var input = box.querySelector('input[type=file]');
        input.files = event.dataTransfer.files;
        input.dispatchEvent(new Event('change', { bubbles: true }));
      }
    });
  });
  document.body.addEventListener('htmx:xhr:progress', function (event) {
    event.target.querySelectorAll('[data-upload] progress').forEach(function (bar) {
      if (!event.detail.lengthComputable) { return; }
      bar.hidden = false;
      bar.value = 100 * event.detail.loaded / event.detail.total;
    });
  });

  // ---- a form that came back with faults is entered at the first of them
  var wrong = document.querySelector('form[method=post] [aria-invalid=true], form[method=post] fieldset.bad input');
  if (wrong) { wrong.focus(); }

  // ---- a list that htmx changed in place: who pressed a link that is gone goes on there
  document.body.addEventListener('htmx:afterSettle', function () {
    if (document.activeElement === document.body) { document.getElementById('main').focus({ preventScroll: true }); }
  });
}());
