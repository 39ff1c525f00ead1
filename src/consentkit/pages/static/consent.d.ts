// What `window.consentkit` is, for TypeScript. Copy it beside your sources, or name it in `files` of tsconfig.json.

/** The visitor's state, the same that `GET /_ck/state` gives. */
export interface ConsentState {
  /** Differs whenever a page for this visitor may differ. */
  readonly state: string;
  /** Ids of the purposes that were granted, and of the services that may be contacted. */
  readonly granted: readonly string[];
  /** Ids of the purposes that are still to be asked for. */
  readonly undecided: readonly string[];
  /** POSIX seconds; null before the first decision. */
  readonly decided_at: number | null;
  /** Whether the browser sends the Global Privacy Control signal. */
  readonly gpc: boolean;
  readonly policy: { readonly version: string; readonly hash: string };
  /** By id, exempt purposes included. */
  readonly purposes: Readonly<Record<string, boolean>>;
  readonly services: Readonly<Record<string, boolean>>;
}

/** Everything, nothing, or exactly these purposes and services. */
export type ConsentWish = "accept" | "reject" | { readonly grant: readonly string[] };

/** A decision was made, on this page or in another tab. */
export interface ConsentChange {
  readonly granted: readonly string[];
  readonly undecided: readonly string[];
}

/** The Content-Security-Policy stopped something. */
export interface ConsentBlocked {
  /** What would have been contacted; of a frame the origin only. */
  readonly url: string;
  /** The directive that stopped it: `frame-src`, `script-src-elem`, … */
  readonly directive: string;
}

export interface ConsentEvents {
  change: ConsentChange;
  blocked: ConsentBlocked;
}

export interface Consentkit {
  /** Whether a purpose or a service, by its id, was granted. */
  allows(id: string): boolean;
  /** Decides for the visitor, who was asked by a page of your own. Rejects with the server's sentence. */
  decide(wish: ConsentWish): Promise<ConsentState>;
  /** Opens the choices over the page. */
  open(): void;
  /** Calls `listener` at each such event; gives what ends it. */
  on<Name extends keyof ConsentEvents>(name: Name, listener: (event: ConsentEvents[Name]) => void): () => void;
}

declare global {
  interface Window {
    readonly consentkit: Consentkit;
  }
  /** The same as `window.consentkit`; there once `consentkit:ready` was sent. */
  const consentkit: Consentkit;
  interface DocumentEventMap {
    "consentkit:ready": CustomEvent<null>;
    "consentkit:change": CustomEvent<ConsentChange>;
    "consentkit:blocked": CustomEvent<ConsentBlocked>;
  }
  interface HTMLElementTagNameMap {
    "consent-settings": HTMLElement;
  }
}
