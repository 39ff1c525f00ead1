// Stands between a page and its embed, so that each hears the other as if nothing were between them.
(() => {
  "use strict";
  const embed = () => document.querySelector("iframe");
  // The page around us, if it is this site's own: nobody else is relayed to, or heard.
  const page = () => {
    try {
      return parent !== window && parent.origin === origin ? parent : null;
    } catch {
      return null;
    }
  };

  // To the embed. A page that took its target from this frame's address means the embed all the same.
  const post = (data, options, transfer) => {
    const inner = embed();
    if (!inner) return;
    const given = options !== null && typeof options === "object" ? options : { targetOrigin: options, transfer };
    const target = String(given.targetOrigin ?? "/");
    const opaque = inner.hasAttribute("sandbox") && !inner.sandbox.contains("allow-same-origin");
    const own = opaque ? "*" : new URL(inner.src).origin;
    inner.contentWindow.postMessage(data, target === "/" || target === origin ? own : target, given.transfer ?? []);
  };

  // To the page: with the embed's origin, as the browser told it, and with this window as the sender.
  addEventListener("message", (event) => {
    const above = page();
    if (!above) return;
    if (event.source === embed()?.contentWindow) {
      const ports = [...event.ports];
      const given = above.structuredClone({ data: event.data, ports }, { transfer: ports });
      above.dispatchEvent(new above.MessageEvent("message", { ...given, origin: event.origin, source: window }));
    } else if (event.source === above && event.origin === origin) post(event.data, "/", [...event.ports]);
  });

  // What the page sends to this window; it is of the same origin, so it calls this function itself.
  window.postMessage = post;
})();
