// The wallet's payment sheet, as it slides over a page. It is put in front of
// the wallet's bridge and gives it one function: juPay(token, done).
(function () {
  'use strict';

  var open = false;

  function el(name, className, text) {
    var e = document.createElement(name);
    if (className) e.className = className;
    if (text) e.textContent = text;
    return e;
  }

  function sheet(order, onPay, onCancel) {
    var shade = el('div', 'phone-shade');
    shade.id = 'phone-sheet';
    var box = el('div', 'phone-box');
    box.setAttribute('role', 'dialog');
    box.setAttribute('aria-modal', 'true');
    box.setAttribute('aria-label', order.wallet);
    box.appendChild(el('p', 'phone-wallet', order.wallet + ' · 沙箱 sandbox'));
    box.appendChild(el('p', 'phone-what', order.description));
    var amount = el('p', 'phone-amount', order.amount);
    amount.id = 'phone-amount';
    box.appendChild(amount);
    var facts = el('dl', 'phone-facts');
    [['商户 Merchant', order.merchant], ['付款人 Payer', order.payer]].forEach(function (f) {
      facts.appendChild(el('dt', '', f[0]));
      facts.appendChild(el('dd', '', f[1]));
    });
    box.appendChild(facts);
    var problem = el('p', 'phone-problem');
    problem.setAttribute('role', 'alert');
    box.appendChild(problem);
    var pay = el('button', 'phone-pay', '确认支付 Pay');
    pay.id = 'phone-pay';
    pay.type = 'button';
    var cancel = el('button', 'phone-cancel', '取消 Cancel');
    cancel.id = 'phone-cancel';
    cancel.type = 'button';
    box.appendChild(pay);
    box.appendChild(cancel);
    shade.appendChild(box);

    function close(then) {
      shade.remove();
      open = false;
      then();
    }
    pay.addEventListener('click', function () {
      pay.disabled = cancel.disabled = true;
      onPay(close, function (message) {
        problem.textContent = message;
        pay.hidden = true;
        cancel.disabled = false;
        cancel.textContent = '返回 Back';
        onCancel.failed = true;
      });
    });
    cancel.addEventListener('click', function () { close(onCancel); });
    shade.addEventListener('keydown', function (e) {
      if (e.key === 'Escape' && !cancel.disabled) close(onCancel);
    });
    document.body.appendChild(shade);
    pay.focus();
  }

  function ask(url, options) {
    return fetch(url, options).then(function (r) {
      return r.json().then(function (body) { return { ok: r.ok, body: body }; });
    });
  }

  // juPay opens the sheet. done is called once with 'cancel', or with the
  // wallet's own result code, or with null when the wallet cannot be asked.
  window.juPay = function (token, done) {
    if (open) return done(null);
    open = true;
    function fail() { open = false; done(null); }
    ask('/__phone/order?token=' + encodeURIComponent(token)).then(function (a) {
      if (!a.ok) { open = false; return done(a.body.result); }
      var result = null;
      function cancelled() { done(cancelled.failed ? result : 'cancel'); }
      sheet(a.body, function (close, problem) {
        ask('/__phone/confirm', {
          method: 'POST',
          headers: { 'Content-Type': 'application/json' },
          body: JSON.stringify({ token: token })
        }).then(function (c) {
          result = c.body.result;
          if (c.ok) close(function () { done(result); });
          else problem(c.body.error);
        }).catch(function () { problem('网络错误 · the wallet cannot be reached'); });
      }, cancelled);
    }).catch(fail);
  };

  var style = document.createElement('link');
  style.rel = 'stylesheet';
  style.href = '/__phone/sheet.css';
  document.head.appendChild(style);
})();
