import { BASE } from './base.js';

// The signed-in session of this browser tab: an access token and all that was written and read with it, kept in the tab
// until somebody signs out in any tab, the token expires or the tab closes. The next person there finds nothing of it.
const KEY = 'rollcall.session';
const NOTICE = 'rollcall.notice';
const EXPLORER = 'graphiql:';
// of all tabs, since one that sleeps hears nothing: sessions begun before are over
const SIGNED_OUT_AT = 'rollcall.signedOutAt';
const OVER = 'Your sign-in has ended. Please sign in again.';
const LOOK_AGAIN = 1000;

let ending = false;

export function currentSession() {
  try {
    const session = JSON.parse(sessionStorage.getItem(KEY));
    const good = session?.expiresAt > Date.now() && session.startedAt > Number(localStorage.getItem(SIGNED_OUT_AT));
    return good ? session : null;
  } catch {
    return null;
  }
}

/** Where GraphiQL keeps its tabs, its history and its settings. What it writes late, after the end, is not kept. */
export const explorerStorage = {
  getItem: key => sessionStorage.getItem(key),
  setItem: (key, value) => currentSession() && sessionStorage.setItem(key, value),
  removeItem: key => sessionStorage.removeItem(key),
  clear: () => explorerKeys().forEach(explorerStorage.removeItem),
  get length() {
    return explorerKeys().length;
  },
};

/** Why the last session ended, once; whatever is left of one that is over goes. */
export function takeNotice() {
  const notice = sessionStorage.getItem(NOTICE) ?? (sessionStorage.getItem(KEY) ? OVER : '');
  forget();
  return notice;
}

/** Ends the sessions of all tabs. */
export function signOut() {
  localStorage.setItem(SIGNED_OUT_AT, Date.now());
  endSession('You are signed out.');
}

/** Ends the session of this tab. The page begins anew: what it holds in memory goes as well. */
export function endSession(notice = OVER) {
  if (ending) return;
  ending = true;
  forget();
  sessionStorage.setItem(NOTICE, notice);
  document.body.hidden = true;
  location.reload();
}

/** Ends the session when its time is up or somebody signs out elsewhere; gives the function that stops watching. */
export function watchSession() {
  const look = () => currentSession() ?? endSession();
  const timer = setInterval(look, LOOK_AGAIN);
  addEventListener('storage', look);
  addEventListener('pageshow', look);
  return () => {
    clearInterval(timer);
    removeEventListener('storage', look);
    removeEventListener('pageshow', look);
  };
}

/** Trades e-mail and password for a token; throws an Error whose message is meant for the person signing in. */
export async function startSession(email, password) {
  let response;
  try {
    response = await fetch(`${BASE}/auth/token`, { method: 'POST', body: new URLSearchParams({ username: email, password }) });
  } catch {
    throw new Error('Rollcall does not answer. Is it running?');
  }
  const body = await response.json().catch(() => ({}));
  if (!response.ok || !body.access_token) {
    throw new Error(refusal(response.status, body));
  }
  const now = Date.now();
  const session = { email, token: body.access_token, startedAt: now, expiresAt: now + (body.expires_in ?? 3600) * 1000 };
  forget();
  sessionStorage.setItem(KEY, JSON.stringify(session));
  return session;
}

function forget() {
  // and nothing else: others may live below other paths of this host
  [KEY, NOTICE, ...explorerKeys()].forEach(key => sessionStorage.removeItem(key));
  // GraphiQL kept its things there before, for whoever came next
  Object.keys(localStorage).filter(key => key.startsWith(EXPLORER)).forEach(key => localStorage.removeItem(key));
}

function explorerKeys() {
  return Object.keys(sessionStorage).filter(key => key.startsWith(EXPLORER));
}

function refusal(status, body) {
  const said = [body.error_description, body.detail, body.message].find(text => typeof text === 'string');
  return said ?? (status < 500 ? 'This e-mail and password do not match.' : `Rollcall could not sign you in (${status}).`);
}
