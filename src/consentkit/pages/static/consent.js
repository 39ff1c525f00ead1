// Makes the banner, the choices and the placeholders act in place. Without it they are plain forms and links.
(() => {
  "use strict";
  const own = document.currentScript.dataset;
  const path = own.ckBase;
  const base = location.origin + path; // not relative: a base element may name another host
  const activates = own.ckEffect === "activate";
  const words = (text) => (text || "").split(" ").filter(Boolean);
  const $ = (name) => document.getElementById("ck-" + name);
  // In front of a blocked URL in CSS; what the page itself had of this form has one more "ck".
  const unblock = (css) => css.replace(/about:invalid#ck((?:ck)*):/g, (_, more) => more && `about:invalid#${more}:`);
  const marked = (text) => text.includes("about:invalid#ck");
  const notes = new Set(["service", "purposes", "host", "frame", "name", "type"]);
  const listeners = new Map();
  const page = document.body?.classList.contains("ck-page");
  const framed = page && window.parent !== window;
  let granted = new Set(words(own.ckGranted));
  let undecided = words(own.ckUndecided);
  let state = own.ckState;
  let typed = false, busy = false, plain = false;
  let channel;

  // What the visitor is told: a live region, so that it is read out without moving the focus.
  const say = (text, ...buttons) => {
    const region = $("status");
    if (region) region.replaceChildren(text, ...buttons);
  };
  const word = (name) => $("status")?.getAttribute("data-ck-" + name) || "";
  const button = (name, act) => {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "ck-button";
    made.textContent = word(name);
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
  const unsaved = () => typed || [...document.querySelectorAll("input,textarea,select")].some(changed);
  const reload = () => location.reload();
  const offer = () => say(word("apply"), button("reload", reload), button("later", () => say(word("saved"))));

  // Undoes the blocking of one element: attributes back to their names, the same node in the same place.
  const restore = (element) => {
    for (const { name, value } of [...element.attributes]) {
      if (!name.startsWith("data-ck-")) continue;
      const original = name.slice(8).replace("xlink:", "");
      element.removeAttribute(name);
      if (!notes.has(original)) element.setAttribute(original, value);
      else if (original === "type") element.dataset.ckTyped = value;
    }
    const style = element.getAttribute("style") || "";
    if (marked(style)) element.setAttribute("style", unblock(style));
    if (element.localName === "style" && marked(element.textContent)) element.textContent = unblock(element.textContent);
    if (element.localName === "script") {
      if ("ckTyped" in element.dataset) element.type = element.dataset.ckTyped;
      else element.removeAttribute("type");
      delete element.dataset.ckTyped;
      // A parser's script that is inserted again would run out of order.
      if (!element.hasAttribute("async")) element.async = false;
    }
    if (/^(script|embed|object)$/.test(element.localName)) {
      const { parentNode, nextSibling } = element;
      element.remove();
      parentNode.insertBefore(element, nextSibling);
    }
    element.closest("video,audio")?.load();
  };

  // Runs one script as the parser would have: what follows waits for an ordered external one.
  const run = (script) => new Promise((done) => {
    const external = script.hasAttribute("data-ck-src") || script.hasAttribute("src");
    const type = script.dataset.ckType;
    const waits = external && !script.hasAttribute("async") && !(script.noModule && type !== "module");
    if (waits) for (const end of ["load", "error"]) script.addEventListener(end, done);
    const { write, writeln } = document;
    // Written now, it would replace the whole page.
    if (!external) document.write = document.writeln = () => console.warn("consentkit: document.write was ignored");
    restore(script);
    document.write = write;
    document.writeln = writeln;
    if (!waits) done();
  });

  // Scripts that come late still hear the events that they wait for.
  const late = () => {
    const missed = [];
    if (document.readyState !== "complete") return () => {};
    for (const target of [window, document]) {
      target.addEventListener = function (type, listener, options) {
        if (type === "load" || type === "DOMContentLoaded") missed.push([target, type, listener]);
        else EventTarget.prototype.addEventListener.call(target, type, listener, options);
      };
    }
    const onload = window.onload;
    return () => {
      delete window.addEventListener;
      delete document.addEventListener;
      if (window.onload && window.onload !== onload) missed.push([window, "load", window.onload]);
      for (const [target, type, listener] of missed) {
        const event = new Event(type);
        try {
          (listener.handleEvent || listener).call(target, event);
        } catch (error) {
          reportError(error);
        }
      }
    };
  };

  // The server's rule as far as the markup tells it: every service, and for the rest every purpose.
  const has = (ids) => ids.every((id) => granted.has(id));
  const allowed = ({ dataset }) => {
    const services = words(dataset.ckService), purposes = words(dataset.ckPurposes);
    return has(services) && (services.length > 0 || purposes.length > 0) && (has(purposes) || !("ckHost" in dataset) && services.length > 0);
  };
  const waiting = () => [...document.querySelectorAll("[data-ck-service]")].filter(allowed);
  // What cannot be undone here: whether it may load only the server can tell, or it was read by the browser already.
  const needsServer = (element) => {
    const { ckPurposes, ckSrc, ckSrcdoc } = element.dataset;
    return words(ckPurposes).length > 1 && !has(words(ckPurposes)) || element.hasAttribute("srcdoc") && !ckSrc && !ckSrcdoc ||
      element.localName === "script" && marked(element.textContent) || element.localName === "meta";
  };
  const holder = (element) => {
    const before = element.previousElementSibling;
    return before?.classList.contains("ck-placeholder") ? before : null;
  };

  const activate = async (elements) => {
    const finish = late();
    const deferred = (element) => element.localName === "script" && element.hasAttribute("data-ck-src") &&
      (element.hasAttribute("defer") || element.dataset.ckType === "module");
    for (const element of [...elements.filter((e) => !deferred(e)), ...elements.filter(deferred)]) {
      holder(element)?.remove();
      if (element.localName === "script") await run(element);
      else restore(element);
    }
    finish();
  };

  // Shows one embed in the place of its placeholder: directly, or through our own frame where the page's policy is strict.
  const show = (place, focus) => {
    const embed = place.nextElementSibling;
    const { ckFrame, ckName } = place.dataset;
    if (ckFrame) {
      for (const { name } of [...embed.attributes]) if (name.startsWith("data-ck-")) embed.removeAttribute(name);
      embed.removeAttribute("sandbox");  // the embed has it inside of our frame
      embed.src = ckFrame;
    } else restore(embed);
    if (!embed.title) embed.title = ckName;
    embed.addEventListener("load", () => say(ckFrame && !embed.contentDocument?.querySelector("iframe") ? word("failed") :
      word("loaded").replace("{name}", ckName)), { once: true });
    embed.addEventListener("error", () => say(word("failed")), { once: true });
    place.remove();
    if (focus) {
      if (embed.tabIndex < 0) embed.tabIndex = -1;
      embed.focus();
    }
  };

  // Takes a new state, of this page's own decision or of another tab's, and puts it into effect.
  const take = async (data, place) => {
    const before = granted;
    granted = new Set(data.granted);
    undecided = data.undecided;
    state = data.state;
    const lost = [...before].some((id) => !granted.has(id));
    const gained = [...granted].some((id) => !before.has(id));
    const detail = { granted: [...granted], undecided: [...undecided] };
    for (const listener of listeners.get("change") || []) listener(detail);
    document.dispatchEvent(new CustomEvent("consentkit:change", { detail }));
    const banner = $("banner");
    if (!undecided.length && banner && !banner.hidden) hide(banner);
    for (const withdraw of document.querySelectorAll("[data-ck=withdraw]")) withdraw.hidden = !granted.size;
    say(word("saved"));
    if (framed) return reload();
    if (lost) return "ckOffer" in own ? offer() : reload();
    if (!gained) return;
    const elements = waiting();
    const renew = () => "ckOffer" in own || unsaved() ? offer() : reload();
    if (activates) return elements.some(needsServer) ? renew() : activate(elements).catch(renew);
    const places = elements.map(holder);
    if (place && places.every((found) => found?.dataset.ckFrame)) return places.forEach((found) => show(found, found === place));
    renew();
  };

  const hide = (banner) => {
    const inside = banner.contains(document.activeElement);
    banner.hidden = true;
    if (inside) document.querySelector("#ck-control a")?.focus({ preventScroll: true });
  };

  const decide = async (body, headers, place) => {
    const answer = await fetch(base + "/decide", { method: "POST", body, headers: { Accept: "application/json", ...headers } });
    const data = await answer.json();
    if (!answer.ok) throw Object.assign(new Error(data.error.message), { refused: true });
    channel?.postMessage(data);
    await take(data, place);
    return data;
  };

  const ask = async () => (await fetch(base + "/state", { headers: { Accept: "application/json" } })).json();

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
      form.requestSubmit(submitter);
    }).finally(() => { busy = false; });
  });

  document.addEventListener("click", (event) => {
    if (!$("status")?.children.length && !page) say("");
    const hook = event.target.closest?.("[data-ck]");
    if (hook?.dataset.ck === "load-once") show(hook.closest(".ck-placeholder"), true);
    if (hook?.dataset.ck === "settings" && !(event.ctrlKey || event.metaKey || event.shiftKey)) {
      event.preventDefault();
      open(hook.href);
    }
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented) return;
    if (framed) window.parent.document.getElementById("ck-dialog")?.close();
    else if ($("banner") && !$("dialog")) hide($("banner"));  // closing says neither yes nor no
  });

  document.addEventListener("input", (event) => {
    typed ||= !event.target.closest?.(".ck-ui");
  }, true);

  addEventListener("pagehide", () => channel?.close());
  addEventListener("pageshow", async (event) => {
    if (!event.persisted) return;
    listen();
    if ((await ask()).state !== state) reload();
  });

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

  for (const once of document.querySelectorAll("[data-ck=load-once]")) once.disabled = false;
  // An embed that is laid over its box has its placeholder laid over it as well.
  for (const place of document.querySelectorAll(".ck-placeholder")) {
    const embed = place.nextElementSibling;
    if (embed && getComputedStyle(embed).position === "absolute") place.classList.add("ck-over");
  }
  if (framed) document.documentElement.classList.add("ck-framed");
  listen();
  // Where every visitor gets the same page, only the cookie tells that there is a decision.
  if (own.ckCookie && document.cookie.includes(own.ckCookie + "=")) ask().then((data) => take(data));
})();
