// On a wide screen the wallets open in the phone's frame; without this script,
// and on a narrow screen, they open as pages.
(function () {
  'use strict';
  var wide = window.matchMedia('(min-width: 900px)');
  function aim() {
    document.querySelectorAll('.wallets a').forEach(function (a) {
      if (wide.matches) a.target = 'juma-phone';
      else a.removeAttribute('target');
    });
  }
  wide.addEventListener('change', aim);
  aim();
})();
