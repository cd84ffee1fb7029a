// Before anything is drawn: the theme that was chosen, so that a dark page never flashes.
(function () {
  "use strict";
  var chosen = null;
  try { chosen = localStorage.getItem("sallyport.theme"); } catch (_) { /* storage may be forbidden */ }
  if (chosen === "dark" || chosen === "light") document.documentElement.dataset.theme = chosen;
})();
