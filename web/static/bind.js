// A plate is scanned with the camera. What its code says goes into the form that
// is there for typing, and the form is sent. Browsers that read codes themselves do
// so; for all others a reader is loaded from this server, once the camera runs.
(function () {
  'use strict';
  var box = document.getElementById('camera');
  var form = document.getElementById('typed');
  if (!box || !form || !navigator.mediaDevices || !navigator.mediaDevices.getUserMedia) { return; }
  var viewer = box.querySelector('.viewer');
  var video = box.querySelector('video');
  var says = box.querySelector('.says');
  var start = box.querySelector('[data-start]');
  var stop = box.querySelector('[data-stop]');
  var stream = null;
  box.hidden = false;

  function say(name) { says.textContent = name ? box.getAttribute('data-' + name) : ''; }

  function show(running) {
    viewer.hidden = stop.hidden = !running;
    start.hidden = running;
  }

  function end() {
    if (stream) { stream.getTracks().forEach(function (track) { track.stop(); }); }
    stream = null;
    video.srcObject = null;
    show(false);
  }

  // load gives jsQR, see vendor/README.txt.
  function load() {
    if (window.jsQR) { return Promise.resolve(window.jsQR); }
    return new Promise(function (resolve, reject) {
      var script = document.createElement('script');
      script.src = box.getAttribute('data-reader');
      script.onload = function () { resolve(window.jsQR); };
      script.onerror = reject;
      document.head.appendChild(script);
    });
  }

  // ownReader is the browser's, null when it has none for these codes.
  function ownReader() {
    if (!('BarcodeDetector' in window)) { return Promise.resolve(null); }
    return window.BarcodeDetector.getSupportedFormats().then(function (formats) {
      if (formats.indexOf('qr_code') < 0) { return null; }
      var detector = new window.BarcodeDetector({ formats: ['qr_code'] });
      return function () {
        return detector.detect(video).then(function (codes) { return codes.length ? codes[0].rawValue : ''; });
      };
    }).catch(function () { return null; });
  }

  // otherReader looks at frames of at most 800 pixels: more only cost time.
  function otherReader() {
    return load().then(function (jsQR) {
      var canvas = document.createElement('canvas');
      var context = canvas.getContext('2d', { willReadFrequently: true });
      return function () {
        var shrink = Math.min(1, 800 / Math.max(video.videoWidth, video.videoHeight));
        canvas.width = Math.round(video.videoWidth * shrink);
        canvas.height = Math.round(video.videoHeight * shrink);
        context.drawImage(video, 0, 0, canvas.width, canvas.height);
        var pixels = context.getImageData(0, 0, canvas.width, canvas.height);
        var code = jsQR(pixels.data, pixels.width, pixels.height, { inversionAttempts: 'dontInvert' });
        return Promise.resolve(code ? code.data : '');
      };
    });
  }

  function found(text) {
    end();
    say('found');
    form.elements.code.value = text;
    form.submit();
  }

  // watch reads one frame after another, until a code is found or the camera closed.
  function watch(read, of) {
    if (stream !== of) { return; }
    var frame = video.videoWidth ? read() : Promise.resolve('');
    frame.catch(function () { return ''; }).then(function (text) {
      if (stream !== of) { return; }
      if (text) { found(text); return; }
      setTimeout(function () { watch(read, of); }, 120);
    });
  }

  start.addEventListener('click', function () {
    start.disabled = true;
    navigator.mediaDevices.getUserMedia({ video: { facingMode: 'environment', width: { ideal: 1280 } }, audio: false }).then(function (got) {
      stream = got;
      video.srcObject = got;
      show(true);
      say('looking');
      return video.play().then(ownReader).then(function (own) { return own || otherReader(); }).then(function (read) { watch(read, got); });
    }).catch(function (error) {
      end();
      say(error && error.name === 'NotAllowedError' ? 'denied' : 'missing');
    }).then(function () { start.disabled = false; });
  });
  stop.addEventListener('click', function () { end(); say(''); });
  window.addEventListener('pagehide', end);
}());
