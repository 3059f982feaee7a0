// Alipay's bridge: AlipayJSBridge, announced by AlipayJSBridgeReady.
(function () {
  'use strict';

  function pay(params, done) {
    var token = params && params.tradeNO; // the letter case matters
    if (typeof token !== 'string' || token === '') return done({ resultCode: '4000', memo: 'tradeNO: want a string' });
    window.juPay(token, function (result) {
      done({ resultCode: result === 'cancel' ? '6001' : result || '6002' });
    });
  }

  var bridge = {
    call: function (name, params, done) {
      if (typeof params === 'function') { done = params; params = {}; }
      done = done || function () {};
      if (name === 'tradePay') return pay(params, done);
      if (name === 'closeWebview' || name === 'exitApp') return window.close();
      done({ error: 1, errorMessage: 'not implemented: ' + name });
    }
  };

  document.addEventListener('DOMContentLoaded', function () {
    setTimeout(function () {
      window.AlipayJSBridge = bridge;
      document.dispatchEvent(new Event('AlipayJSBridgeReady'));
    }, 30);
  });
})();
