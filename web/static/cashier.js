// The number pad and the wallets' payment bridges. Texts come from the page.
(function () {
  'use strict';
  var till = document.getElementById('till');
  var digits = document.getElementById('digits');
  var amount = document.getElementById('amount');
  var note = document.getElementById('note');
  var pay = document.getElementById('pay');
  var typed = '';      // what was typed, "12.3"
  var requestID = '';  // names this wish to pay until its outcome is definite
  var busy = false;
  var payLabel = pay.textContent;
  var MAX_WHOLE = 7;   // digits before the point

  function text(name) { return till.getAttribute('data-t-' + name); }

  function say(message) { note.textContent = message || ''; }

  function show() {
    digits.textContent = typed || '0';
    amount.className = typed ? 'amount' : 'amount empty';
    pay.disabled = busy || !/[1-9]/.test(typed);
    pay.textContent = busy ? text('busy') : payLabel;
  }

  function setBusy(on) { busy = on; show(); }

  function press(key) {
    if (busy) { return; }
    var before = typed;
    var point = typed.indexOf('.');
    if (key === 'back') {
      typed = typed.slice(0, -1);
      if (typed === '0') { typed = ''; }
    } else if (key === '.') {
      if (point < 0) { typed = (typed || '0') + '.'; }
    } else if (point >= 0) {
      if (typed.length - point <= 2) { typed += key; }
    } else if (typed === '' || typed === '0') {
      typed = key;
    } else if (typed.length < MAX_WHOLE) {
      typed += key;
    }
    if (typed !== before) {
      requestID = ''; // another amount is another payment
      say('');
    }
    show();
  }

  function newRequestID() {
    var bytes = new Uint8Array(16), out = '';
    window.crypto.getRandomValues(bytes);
    for (var i = 0; i < bytes.length; i++) { out += ('0' + bytes[i].toString(16)).slice(-2); }
    return out;
  }

  function finish(token) { window.location.assign('/r/' + encodeURIComponent(token)); }

  function stop(message, definite) {
    if (definite) { requestID = ''; }
    say(message);
    setBusy(false);
  }

  // whenReady runs use once the wallet has put its bridge into the page.
  function whenReady(name, event, use) {
    if (window[name]) { use(window[name]); return; }
    var timer = window.setTimeout(function () {
      document.removeEventListener(event, arrived);
      stop(text('bridge'));
    }, 8000);
    function arrived() {
      window.clearTimeout(timer);
      document.removeEventListener(event, arrived);
      use(window[name]);
    }
    document.addEventListener(event, arrived);
  }

  // A wallet's "ok" proves nothing: the result page asks our own books.
  var open = {
    wechat: function (answer) {
      whenReady('WeixinJSBridge', 'WeixinJSBridgeReady', function (bridge) {
        bridge.invoke('getBrandWCPayRequest', answer.bridge.params, function (res) {
          var msg = res && res.err_msg || '';
          if (/:ok$/.test(msg)) { finish(answer.result_token); }
          else if (/:cancel$/.test(msg)) { stop(text('cancelled')); }
          else { stop(text('failed')); }
        });
      });
    },
    alipay: function (answer) {
      whenReady('AlipayJSBridge', 'AlipayJSBridgeReady', function (bridge) {
        bridge.call('tradePay', answer.bridge.params, function (res) {
          var code = String(res && res.resultCode || '');
          if (code === '9000' || code === '8000' || code === '6004') { finish(answer.result_token); }
          else if (code === '6001' || code === '99') { stop(text('cancelled')); }
          else { stop(text('failed')); }
        });
      });
    },
    redirect: function (answer) { window.location.assign(answer.bridge.url); },
    paid: function (answer) { finish(answer.result_token); }
  };

  function refused(error) {
    if (error.code === 'session') { window.location.reload(); return; }
    var again = error.code === 'unknown' || error.code === 'unavailable' || error.code === 'internal' || error.code === 'too_many';
    stop(error.message || text('failed'), !again);
  }

  function submit() {
    if (busy || !/[1-9]/.test(typed)) { return; }
    requestID = requestID || newRequestID();
    say('');
    setBusy(true);
    window.fetch(till.getAttribute('data-pay'), {
      method: 'POST',
      credentials: 'same-origin',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ amount: typed.replace(/\.$/, ''), request_id: requestID })
    }).then(function (res) { return res.json(); }).then(function (answer) {
      if (answer.error) { refused(answer.error); return; }
      var use = open[answer.bridge.kind];
      if (!use) { stop(text('failed')); return; }
      use(answer);
    }).catch(function () {
      stop(text('network')); // the same request id goes out again: never two payments
    });
  }

  document.querySelector('.pad').addEventListener('click', function (e) {
    var button = e.target.closest('button');
    if (button && button.getAttribute('data-key')) { press(button.getAttribute('data-key')); }
  });
  pay.addEventListener('click', submit);

  document.addEventListener('keydown', function (e) {
    if (e.ctrlKey || e.metaKey || e.altKey) { return; }
    if (/^[0-9.]$/.test(e.key)) { press(e.key); e.preventDefault(); }
    else if (e.key === 'Backspace') { press('back'); e.preventDefault(); }
    else if (e.key === 'Enter' && (document.activeElement === document.body || document.activeElement === pay)) { submit(); e.preventDefault(); }
  });

  // Coming back with the back button is a new wish to pay.
  window.addEventListener('pageshow', function (e) {
    if (e.persisted) { typed = ''; requestID = ''; say(''); setBusy(false); }
  });

  show();
}());
