// Values of an application are checked by the server where they are typed. What
// it says stands below the field, where it also stands after a save.
(function () {
  'use strict';
  var form = document.querySelector('form[data-checks]');
  if (!form || !window.fetch) { return; }

  function says(input, text, wrong) {
    var field = input.closest('.field');
    var id = input.id + '-said';
    var old = field.querySelector('.wrong');
    if (old && old.id !== id) { old.remove(); } // of the save before
    var line = document.getElementById(id);
    if (!line) {
      line = document.createElement('p');
      line.id = id;
      line.setAttribute('aria-live', 'polite');
      field.appendChild(line);
    }
    line.className = wrong ? 'wrong' : 'hint';
    line.textContent = text;
    line.hidden = !text;
    field.classList.toggle('bad', wrong);
    if (wrong) { input.setAttribute('aria-invalid', 'true'); } else { input.removeAttribute('aria-invalid'); }
    var hint = document.getElementById(input.id + '-hint');
    input.setAttribute('aria-describedby', (hint ? hint.id + ' ' : '') + id);
  }

  form.addEventListener('change', function (event) {
    var input = event.target;
    if (!input.hasAttribute('data-check') || input.value.trim() === '') { return; }
    var kind = form.querySelector('[name="account.kind"]:checked');
    var asked = input.value;
    var body = new URLSearchParams({ csrf: form.elements.csrf.value, what: input.getAttribute('data-check'), value: asked, kind: kind ? kind.value : '' });
    fetch(form.getAttribute('data-checks'), { method: 'POST', body: body, credentials: 'same-origin' })
      .then(function (res) { return res.ok ? res.json() : {}; })
      .then(function (answer) {
        if (input.value === asked) { says(input, answer.wrong || answer.note || '', !!answer.wrong); }
      })
      .catch(function () {}); // the save checks it again
  });
}());
