// WeChat's bridge: WeixinJSBridge, announced by WeixinJSBridgeReady.
(function () {
  'use strict';

  var fields = ['appId', 'timeStamp', 'nonceStr', 'package', 'signType', 'paySign'];

  // The wallet takes strings only, in exactly this letter case.
  function problemOf(params) {
    for (var i = 0; i < fields.length; i++) {
      var v = params && params[fields[i]];
      if (typeof v !== 'string' || v === '') return fields[i] + ': want a string';
    }
    if (params.signType !== 'RSA') return 'signType: want RSA';
    if (params.package.indexOf('prepay_id=') !== 0) return 'package: want prepay_id=…';
    return '';
  }

  function pay(params, done) {
    var problem = problemOf(params);
    if (problem) return done({ err_msg: 'get_brand_wcpay_request:fail', err_desc: problem });
    window.juPay(params.package.slice('prepay_id='.length), function (result) {
      done({ err_msg: result === 'cancel' ? 'get_brand_wcpay_request:cancel' : result || 'get_brand_wcpay_request:fail' });
    });
  }

  var bridge = {
    invoke: function (name, params, done) {
      done = done || function () {};
      if (name === 'getBrandWCPayRequest') return pay(params, done);
      done({ err_msg: 'system:function_not_exist' });
    },
    call: function (name) { if (name === 'closeWindow') window.close(); },
    on: function () {}
  };

  // The bridge comes a moment after the page, as in the wallet: a page that does
  // not wait for it fails here too.
  document.addEventListener('DOMContentLoaded', function () {
    setTimeout(function () {
      window.WeixinJSBridge = bridge;
      document.dispatchEvent(new Event('WeixinJSBridgeReady'));
    }, 30);
  });
})();
