// Gives life to what the server made inert: the same nodes in the same places, in the order in which the parser
// would have run them. Only pages on which a grant takes effect in place have this script.
(() => {
  "use strict";
  const self = document.currentScript;
  const labels = new Set(["service", "purposes", "host", "type", "live", "end"]);
  const late = ["DOMContentLoaded", "load", "pageshow"]; // in the order in which browsers send them
  let ready = document.readyState === "complete";
  document.addEventListener("DOMContentLoaded", () => { ready = true; });

  // In front of a blocked URL in text; what the page itself had of this form has one more "ck".
  const marked = (text) => text.includes("about:invalid#ck");
  const unblock = (text) => text.replace(/about:invalid#ck((?:ck)*):/g, (_, more) => more && `about:invalid#${more}:`);
  const settled = (element) => new Promise((done) => {
    for (const end of ["load", "error"]) element.addEventListener(end, done, { once: true });
  });

  // The type that a script had, as browsers read it: "" runs as it comes, "module" later; others are data.
  const own = (type) => (type?.value === "text/plain" ? undefined : type?.value);
  const typeOf = ({ dataset, attributes }) => {
    const language = attributes.language?.value;
    const type = (dataset.ckType ?? own(attributes.type) ?? (language ? "text/" + language : "")).trim().toLowerCase();
    return /^(?:(?:application|text)\/(?:x-)?(?:ecma|java|live|j)script(?:1\.[0-5])?)?$/.test(type) ? "" : type;
  };

  const isExternal = (script) => script.hasAttribute("data-ck-src") || script.hasAttribute("src");

  // Undoes the blocking of one element. What starts by coming into the document is taken out for it.
  const restore = (element) => {
    const { localName, parentNode, nextSibling } = element;
    const { ckType } = element.dataset;
    const framed = localName === "iframe" && "ckSrc" in element.dataset;
    const starts = framed || /^(?:script|embed|object)$/.test(localName);
    if (starts) element.remove();
    try {
      if (framed) element.removeAttribute("name"); // ours, for the time of the blocking
      for (const { name, value } of [...element.attributes]) {
        if (!name.startsWith("data-ck-")) continue;
        const original = name.slice(8).replace("xlink:", "");
        element.removeAttribute(name);
        if (!labels.has(original) && !original.startsWith("was-")) element.setAttribute(original, value);
      }
      const style = element.getAttribute("style");
      if (style && marked(style)) element.setAttribute("style", unblock(style));
      if (/^(?:script|style)$/.test(localName) && marked(element.textContent)) element.textContent = unblock(element.textContent);
      if (localName === "script") {
        // One that is inserted by a script would run whenever it comes.
        if (!element.hasAttribute("async")) element.async = false;
        if (ckType !== undefined) element.setAttribute("type", ckType);
        else if (element.type === "text/plain") element.removeAttribute("type");
      }
    } finally {
      if (starts) parentNode.insertBefore(element, nextSibling);
    }
    const media = localName === "source" && element.closest("video,audio");
    if (media && !media.currentSrc) media.load();
  };

  // What a script writes stands where it would have stood, instead of replacing the page. Several may be at it.
  const writing = new WeakMap();
  const written = (page) => {
    const here = writing.get(page) ?? { texts: new Map(), users: 0, script: null };
    const { texts } = here;
    const write = (...pieces) => {
      const script = page.currentScript ?? here.script;
      texts.set(script, (texts.get(script) ?? "") + pieces.join(""));
    };
    if (!here.users++) {
      writing.set(page, here);
      Object.assign(page, { write, writeln: (...pieces) => write(...pieces, "\n"), open: () => page, close: () => {} });
    }
    const flush = (script) => {
      const text = texts.get(script);
      if (!text) return [];
      texts.delete(script);
      const place = page.createRange();
      if (page.body.contains(script)) place.setStartAfter(script);
      else place.setStart(page.body, 0);
      try {
        const part = place.createContextualFragment(text);
        const external = [...part.querySelectorAll("script[src]")].filter((each) => !typeOf(each) && !each.noModule);
        const ends = external.map((each) => settled(each).then(() => Promise.all(flush(each))));
        place.insertNode(part);
        return ends;
      } catch (error) {
        reportError(error); // where Trusted Types are required, browsers refuse to write it as well
        return [];
      }
    };
    const unpatch = () => {
      if (--here.users) return;
      writing.delete(page);
      for (const name of ["write", "writeln", "open", "close"]) delete page[name];
    };
    return [here, flush, unpatch];
  };

  // Those that come late still hear the events that they wait for.
  const hearing = new WeakMap();
  const listening = (page) => {
    const view = page.defaultView, missed = [];
    const complete = () => page.readyState === "complete";
    const past = (type) => (type === late[0] ? ready || complete() : late.includes(type) && complete());
    const { onload } = view;
    const lists = hearing.get(page) ?? [];
    if (!lists.length) {
      hearing.set(page, lists);
      for (const target of [view, page]) {
        target.addEventListener = function (type, listener, options) {
          if (past(type) && listener) lists.at(-1).push([type, target, listener]);
          else EventTarget.prototype.addEventListener.call(target, type, listener, options);
        };
      }
    }
    lists.push(missed);
    return () => {
      lists.splice(lists.indexOf(missed), 1);
      if (!lists.length) {
        delete view.addEventListener;
        delete page.addEventListener;
      }
      if (view.onload && view.onload !== onload && complete()) missed.push(["load", view, view.onload]);
      for (const [type, target, listener] of late.flatMap((name) => missed.filter(([type]) => type === name))) {
        const event = new Event(type);
        for (const key of ["target", "currentTarget"]) Object.defineProperty(event, key, { value: target });
        try {
          (listener.handleEvent ?? listener).call(listener.handleEvent ? listener : target, event);
        } catch (error) {
          reportError(error);
        }
      }
    };
  };

  // A module without a file says nothing when it has run; what is in the same queue behind it does.
  const queued = async () => {
    const last = document.createElement("script");
    last.async = false;
    try {
      last.src = self.src;
    } catch {
      return; // Trusted Types: then nobody waits for it
    }
    document.head.append(last);
    await settled(last);
    last.remove();
  };

  const taken = new WeakSet();

  // Starts these elements, which are in the document's order; fulfilled when the last script has run.
  const activate = async (elements, allowed, page = document) => {
    // The page's policy comes in its head fields, from which the server gave us the nonce, or in the page.
    const nonce = self.nonce || document.querySelector("meta[http-equiv=content-security-policy i]")?.content.match(/'nonce-([^']+)/)?.[1];
    const heard = listening(page);
    const [here, flush, unpatch] = written(page);
    const all = [], ordered = [], sheets = [], deferred = [];
    const start = (script) => {
      const end = settled(script).then(() => Promise.all(flush(script)));
      all.push(end);
      here.script = script;
      restore(script);
      return end;
    };
    try {
      // What an earlier grant still waits with is that one's to start.
      const mine = elements.filter((element) => !taken.has(element));
      for (const element of mine) if ("ckService" in element.dataset) taken.add(element);
      for (const element of mine) {
        if (!element.isConnected) continue; // a script before it has taken it away
        const place = element.previousElementSibling;
        if (place?.classList.contains("ck-placeholder")) {
          place.remove();
          if (place.dataset.ckUrl) element.dataset.ckSrc = place.dataset.ckUrl; // the form of it that learns less
        }
        // Where the page names its scripts by a nonce, what has none was slipped in; re-inserted it would run.
        if (element.localName === "script" && nonce && element.nonce !== nonce) continue;
        if (element.type === "speculationrules") {
          const rules = document.createElement("script"); // these were read already: only new ones are looked at
          for (const { name, value } of element.attributes) rules.setAttribute(name, value);
          rules.textContent = element.textContent;
          element.replaceWith(rules);
          restore(rules);
          continue;
        }
        if (element.localName !== "script") {
          if (element.localName === "link" && /\bstylesheet\b/i.test(element.dataset.ckRel ?? element.rel) && !element.disabled &&
              /^(?:text\/css)?$/i.test(element.type) && matchMedia(element.media || "all").matches) sheets.push(settled(element));
          const inner = element.localName === "iframe" && !element.dataset.ckSrcdoc && element.srcdoc && element.contentDocument;
          restore(element);
          if (inner) all.push(activate([...inner.querySelectorAll("[data-ck-service]")].filter(allowed), allowed, inner));
          continue;
        }
        const type = typeOf(element), external = isExternal(element), async = element.hasAttribute("async");
        const never = !type && element.noModule;
        if (!never && !async && (type ? type === "module" : external && element.defer)) deferred.push(element);
        else if (never || (type && type !== "module") || (type && async && !external)) restore(element);
        else if (async && external) start(element);
        else if (external) {
          await Promise.all(sheets.splice(0));
          ordered.push(start(element));
        } else {
          await Promise.all([...sheets.splice(0), ...ordered.splice(0)]);
          here.script = element;
          restore(element);
          ordered.push(...flush(element));
        }
      }
      await Promise.all(ordered);
      let silent = false;
      for (const element of deferred) {
        if (isExternal(element)) start(element);
        else restore(element);
        silent = !isExternal(element);
      }
      if (silent) await queued();
      await Promise.all(all);
    } finally {
      unpatch();
      heard();
    }
  };

  self.ckActivate = activate;
})();
