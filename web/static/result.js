// Asks after 1 s, 2 s, 3 s … and then every 30 s whether the payment is
// decided, and shows the page anew when it is.
(function () {
  'use strict';
  var receipt = document.getElementById('receipt');
  var wait = 0;

  function again() {
    wait = Math.min(wait + 1, 30);
    window.setTimeout(ask, wait * 1000);
  }

  function ask() {
    window.fetch(receipt.getAttribute('data-state'), { credentials: 'same-origin' })
      .then(function (res) { return res.json(); })
      .then(function (answer) {
        if (answer.view && answer.view !== receipt.getAttribute('data-view')) { window.location.reload(); }
        else { again(); }
      })
      .catch(again);
  }

  again();
}());
