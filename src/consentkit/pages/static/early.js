// Stands in the page itself, before anything else: what vendors' own scripts find in their queues when they come, and
// no flash of a question that was answered. Its text is the same on every page, so that one hash allows it.
(() => {
  "use strict";
  const { ckSignals, ckCookie } = document.currentScript.dataset;
  if (ckCookie && `; ${document.cookie}`.includes(`; ${ckCookie}=`)) document.documentElement.dataset.ckDecided = "";
  const ways = {
    arguments: (name, ...values) => (function () { queue(name).push(arguments); })(...values),
    list: (name, ...values) => queue(name).push(values),
    spread: (name, ...values) => queue(name).push(...values),
    method: (name, method, ...values) => queue(name)[method]?.(...values) ?? queue(name).push([method, ...values]),
    stub: (name, ...values) => (window[name] ??= function () { (window[name].q ??= []).push(arguments); })(...values),
    present: (name, ...values) => window[name]?.(...values),
    publisher: (name, settings) => ((window[name] ??= {}).cmd ??= []).push(() => window[name].pubads().setPrivacySettings(settings)),
    value: (name, value) => { window[name] = value; },
  };
  const queue = (name) => window[name] ??= [];
  const tell = (calls) => {
    for (const [way, ...rest] of calls ?? []) ways[way](...rest);
  };
  tell(JSON.parse(ckSignals || "[]"));
  document.addEventListener("consentkit:change", (event) => tell(event.detail.signals));
})();
