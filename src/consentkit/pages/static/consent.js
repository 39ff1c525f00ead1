// Makes the banner, the choices and the placeholders act in place. Without it they are plain forms and links.
(() => {
  "use strict";
  if (window.consentkit?.decide) return; // a page swapped in by a script of the site brings this one again
  const own = document.currentScript.dataset;
  const path = own.ckBase;
  const base = location.origin + path; // not relative: a base element may name another host
  // Where a grant takes effect in place there is a script for that; if it did not come, the page is loaded anew.
  const activate = document.querySelector("script[data-ck-activate]")?.ckActivate;
  const shared = own.ckCookie; // every visitor gets the same page: another one would not help
  const words = (text) => (text || "").split(" ").filter(Boolean);
  const $ = (name) => document.getElementById("ck-" + name);
  const listeners = new Map();
  const page = document.body?.classList.contains("ck-page");
  const framed = page && window.parent !== window;
  let granted = new Set(words(own.ckGranted));
  let undecided = words(own.ckUndecided);
  let state = own.ckState;
  const typed = new Set(), standing = new Map();
  let busy = false, plain = false, work = Promise.resolve();
  let channel;

  // What the visitor is told: a live region, so that it is read out without moving the focus.
  const say = (text, ...buttons) => {
    const region = $("status");
    if (region) region.replaceChildren(text, ...buttons);
  };
  const word = (name) => $("status")?.getAttribute("data-ck-" + name) || "";
  const button = (name, act, text) => {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "ck-button";
    made.textContent = text || word(name);
    made.onclick = act;
    return made;
  };

  // A page loaded anew loses what was typed, and the answer to a form would be sent again: then it is offered only.
  const changed = (field) => {
    if (field.closest(".ck-ui") || /^(hidden|submit|button|image|reset)$/.test(field.type)) return false;
    if (field.options) {
      const options = [...field.options];
      const first = !field.multiple && !options.some((option) => option.defaultSelected);
      return first ? field.selectedIndex > 0 : options.some((option) => option.selected !== option.defaultSelected);
    }
    if (/^(checkbox|radio)$/.test(field.type)) return field.checked !== field.defaultChecked;
    return field.type === "file" ? field.files.length > 0 : field.value !== field.defaultValue;
  };
  const unsaved = () => [...typed].some((field) => field.isConnected) || [...document.querySelectorAll("input,textarea,select")].some(changed);
  const reload = () => location.reload();
  const offer = () => say(word("apply"), button("reload", reload), button("later", () => say(word("saved"))));

  // The server's rule as far as the markup tells it: every service, and for the rest every purpose.
  const has = (ids) => ids.every((id) => granted.has(id));
  const allowed = ({ dataset, srcdoc }) => {
    // Of a document in an attribute the parts are blocked.
    if (!("ckService" in dataset)) return [...srcdoc.matchAll(/data-ck-service="([^"]+)"/g)].some(([, ids]) => has(words(ids)));
    const services = words(dataset.ckService), purposes = words(dataset.ckPurposes);
    return has(services) && (services.length > 0 || purposes.length > 0) && (has(purposes) || !("ckHost" in dataset) && services.length > 0);
  };
  const waiting = () => [...document.querySelectorAll("[data-ck-service],iframe[srcdoc*=data-ck-service]")].filter(allowed);
  // What cannot be undone here: whether it may load only the server can tell, or it was read by the browser already.
  const needsServer = (element) => {
    const purposes = words(element.dataset.ckPurposes);
    return purposes.length > 1 && !has(purposes) || element.localName === "meta" || element.type === "importmap" ||
      element.srcdoc && !element.contentDocument ||
      element.getAttributeNames().some((name) => name.startsWith("data-ck-data-"));
  };
  const holder = (element) => {
    const before = element.previousElementSibling;
    return before?.classList.contains("ck-placeholder") ? before : null;
  };

  const enter = (embed) => {
    if (embed.tabIndex < 0) embed.tabIndex = -1;
    embed.focus();
  };

  // Shows one embed in the place of its placeholder: directly, or through our own frame where the page's policy is strict.
  const show = (place, focus) => {
    const embed = place.nextElementSibling;
    const { ckFrame, ckName } = place.dataset;
    embed.title ||= ckName;
    embed.addEventListener("load", () => say(ckFrame && !embed.contentDocument?.querySelector("iframe") ? word("failed") :
      word("loaded").replace("{name}", ckName)), { once: true });
    embed.addEventListener("error", () => say(word("failed")), { once: true });
    if (ckFrame) {
      embed.removeAttribute("name");
      if (embed.dataset.ckName) embed.name = embed.dataset.ckName;
      for (const name of embed.getAttributeNames()) if (name.startsWith("data-ck-")) embed.removeAttribute(name);
      embed.removeAttribute("sandbox"); // the embed has it inside of our frame
      embed.src = ckFrame;
      place.replaceWith(embed); // a frame's name counts when it comes into the document
    } else activate([embed], () => true).catch(() => say(word("failed")));
    if (focus) enter(embed);
  };

  const emit = (name, detail) => {
    for (const listener of listeners.get(name) || []) {
      try {
        listener(detail);
      } catch (error) {
        reportError(error); // of the site's: it must not keep a decision from taking effect
      }
    }
    document.dispatchEvent(new CustomEvent("consentkit:" + name, { detail }));
  };

  // Takes a new state, of this page's own decision or of another tab's, and puts it into effect.
  const take = (data, place, quiet) => {
    const before = granted;
    granted = new Set(data.granted);
    undecided = data.undecided;
    state = data.state;
    const lost = [...before].some((id) => !granted.has(id));
    const gained = [...granted].some((id) => !before.has(id));
    emit("change", { granted: [...granted], undecided: [...undecided], signals: data.signals });
    const banner = $("banner");
    if (banner && !banner.hidden && !undecided.length) hide(banner);
    for (const withdraw of document.querySelectorAll("[data-ck=withdraw]")) withdraw.hidden = !granted.size;
    if (!quiet) say(word("saved"));
    if (framed) reload();
    else if (lost) "ckOffer" in own ? offer() : reload();
    else if (gained) apply(place);
  };

  // Puts grants into effect: after a decision, or where something comes into the page that was blocked before it.
  const apply = (place, later) => {
    // A script that never comes keeps the next grant waiting for a moment only.
    const before = Promise.race([work, new Promise((done) => setTimeout(done, 2000))]);
    work = before.then(async () => {
      let elements = waiting();
      if (later && !elements.length) return;
      const renew = () => shared || (later || "ckOffer" in own || unsaved() ? offer() : reload());
      if (activate) {
        if (shared) elements = elements.filter((element) => !needsServer(element));
        else if (elements.some(needsServer)) return renew();
        const embed = place?.nextElementSibling;
        await activate(elements, allowed).catch(renew);
        if (embed?.isConnected) enter(embed);
        return;
      }
      const places = elements.map(holder);
      const framable = (later || elements.includes(place?.nextElementSibling)) && places.every((found) => found?.dataset.ckFrame);
      if (framable) places.forEach((found) => show(found, found === place));
      else renew();
    });
  };

  const hide = (banner) => {
    const inside = banner.contains(document.activeElement);
    banner.hidden = true;
    if (inside) document.querySelector("#ck-control a")?.focus({ preventScroll: true });
  };

  const decide = async (body, headers, place) => {
    const answer = await fetch(base + "/decide", { method: "POST", body, headers: { Accept: "application/json", ...headers },
      signal: AbortSignal.timeout?.(20000) });
    const data = await answer.json();
    if (!answer.ok) throw Object.assign(new Error(data.error.message), { refused: true });
    channel?.postMessage(data);
    take(data, place);
    return data;
  };

  const ask = async () => (await fetch(base + "/state", { headers: { Accept: "application/json" } })).json();

  const renewed = () => ask().then((data) => data.state !== state && take(data));

  const listen = () => {
    channel = window.BroadcastChannel && new BroadcastChannel("consentkit:" + path);
    if (channel) channel.onmessage = ({ data }) => {
      $("dialog")?.close();
      if (data.state !== state) take(data);
    };
  };

  // The preferences page, opened in place.
  const open = (address) => {
    if ($("dialog")) return;
    const dialog = document.createElement("dialog");
    dialog.id = "ck-dialog";
    dialog.className = "ck-ui ck-dialog";
    dialog.setAttribute("aria-label", word("title"));
    const frame = document.createElement("iframe");
    frame.title = word("title");
    frame.src = address || document.querySelector("[data-ck=settings]")?.href || base + "/preferences";
    const close = button("close", () => dialog.close());
    dialog.append(close, frame);
    dialog.onclose = () => dialog.remove();
    document.body.append(dialog);
    dialog.showModal();
    // A key pressed in the frame stays there. Each document in it is listened to from its first picture on: its own script
    // may still be on its way.
    let heard;
    const hear = () => {
      if (!dialog.open) return;
      if (heard !== frame.contentDocument) {
        heard = frame.contentDocument;
        // The form went through without the frame's script, and the answer is this page again.
        if (!page && heard?.location.pathname === location.pathname) {
          dialog.close();
          return renewed();
        }
        heard?.addEventListener("keydown", (event) => event.key === "Escape" && !event.defaultPrevented && dialog.close());
      }
      requestAnimationFrame(hear);
    };
    hear();
  };

  document.addEventListener("submit", (event) => {
    const form = event.target, submitter = event.submitter;
    if (form.getAttribute("action") !== path + "/decide" || plain || !submitter || (page && !framed)) return;
    event.preventDefault();
    if (busy) return;
    busy = true;
    const place = submitter.closest(".ck-placeholder");
    const fields = new URLSearchParams([...new FormData(form), [submitter.name, submitter.value]]);
    decide(fields, {}, place).catch((error) => {
      if (error.refused) return say(error.message);
      // Something in between blocks scripts' requests: the form itself still goes through.
      plain = true;
      if (unsaved()) return say(word("failed"));
      form.requestSubmit(submitter);
    }).finally(() => { busy = false; });
  });

  document.addEventListener("click", (event) => {
    if (!$("status")?.children.length && !page) say("");
    const hook = event.target.closest?.("[data-ck],consent-settings :is(a,button)");
    if (hook?.dataset.ck === "load-once") show(hook.closest(".ck-placeholder"), true);
    else if ((hook && !hook.dataset.ck || hook?.dataset.ck === "settings") && !(event.ctrlKey || event.metaKey || event.shiftKey)) {
      event.preventDefault();
      open(hook.href);
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    if ($("banner") && !$("dialog")) hide($("banner"));  // closing says neither yes nor no
  });

  document.addEventListener("input", (event) => {
    if (!event.target.closest?.(".ck-ui")) typed.add(event.target);
  }, true);

  addEventListener("pagehide", () => channel?.close());
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    listen();
    ask().then((data) => data.state !== state && reload(), () => {}); // without a network nobody is contacted either
  });

  // What a script adds and the policy stops has a placeholder too, from the server: who it is only the server knows.
  const stand = (frame) => {
    const request = new XMLHttpRequest(); // it makes nodes of what comes without any markup as a string
    const query = new URLSearchParams({ url: frame.src, width: frame.offsetWidth, height: frame.offsetHeight, lang: $("status")?.lang });
    request.responseType = "document";
    request.open("GET", `${base}/placeholder?${query}`);
    request.onload = () => {
      // Allowed since this page came: a fragment has it, the page's policy not yet.
      if (request.status === 204 && !shared && state !== own.ckState) return offer();
      const place = request.status === 200 && request.responseXML.querySelector(".ck-placeholder");
      if (!place || !frame.isConnected || standing.has(frame)) return;
      standing.set(frame, place);
      frame.dataset.ckService = ""; // hides it behind its placeholder
      frame.before(place);
    };
    request.send();
  };
  const stopped = ({ blockedURI, effectiveDirective, disposition }) => {
    if (disposition !== "enforce" || !/^\w+:/.test(blockedURI)) return;
    emit("blocked", { url: blockedURI, directive: effectiveDirective });
    if (effectiveDirective !== "frame-src") return;
    for (const frame of document.querySelectorAll("iframe[src]:not([data-ck-service])")) {
      if (frame.src.startsWith(blockedURI)) stand(frame);
    }
  };
  document.addEventListener("securitypolicyviolation", stopped);

  window.consentkit = Object.freeze({
    allows: (id) => granted.has(id),
    decide: (wish) => decide(JSON.stringify(typeof wish === "string" ? { decision: wish } : { decision: "save", ...wish }),
      { "Content-Type": "application/json" }),
    open: () => open(),
    on: (name, listener) => {
      if (!listeners.has(name)) listeners.set(name, new Set());
      listeners.get(name).add(listener);
      return () => listeners.get(name).delete(listener);
    },
  });

  // A place for the choices of the site's own making; without this script it is the link that is in it.
  customElements.get("consent-settings") || customElements.define("consent-settings", class extends HTMLElement {
    connectedCallback() {
      if (!this.querySelector("a,button")) this.replaceChildren(button("title", null, this.textContent.trim()));
    }
  });

  // What is on the page now, and what comes into it later.
  const placeholders = () => {
    for (const place of document.querySelectorAll(".ck-placeholder")) {
      for (const once of place.querySelectorAll("[data-ck=load-once]")) once.disabled = !(place.dataset.ckFrame || activate);
      // An embed that is laid over its box has its placeholder laid over it as well.
      const embed = place.nextElementSibling;
      if (embed && getComputedStyle(embed).position === "absolute") place.classList.add("ck-over");
    }
  };
  const ours = "[data-ck-service],.ck-placeholder";
  new MutationObserver((changes) => {
    for (const [frame, place] of standing) {
      if (frame.isConnected) continue;
      place.remove();
      standing.delete(frame);
    }
    const nodes = changes.flatMap(({ addedNodes }) => [...addedNodes]);
    if (!nodes.some((node) => node.matches?.(ours) || node.querySelector?.(ours))) return;
    placeholders();
    apply(null, true);
  }).observe(document, { childList: true, subtree: true });
  placeholders();
  if (framed) document.documentElement.classList.add("ck-framed");
  listen();
  // Only the cookie tells here that there is a decision.
  if (shared && document.cookie.includes(shared + "=")) ask().then((data) => {
    delete document.documentElement.dataset.ckDecided;
    take(data, null, true);
  }, () => {});
  // Another consent manager asks for the same thing, and each believes that it decides: told to whoever builds the page.
  addEventListener("load", () => {
    const others = ["__tcfapi", "__gpp", "__uspapi", "__cmp"].filter((name) => window[name]);
    if (others[0]) console.warn("consentkit: another consent manager is on this page: " + others);
  });
  document.dispatchEvent(new CustomEvent("consentkit:ready"));
  // What was stopped before this script came; browsers that do not remember it have told nobody.
  if (window.ReportingObserver) {
    const past = new ReportingObserver(() => {}, { types: ["csp-violation"], buffered: true });
    past.observe();
    for (const { body } of past.takeRecords()) stopped({ ...body.toJSON(), blockedURI: body.blockedURL });
    past.disconnect();
  }
})();
