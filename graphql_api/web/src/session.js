// The signed-in session of this browser tab: an access token, kept until the tab closes or somebody signs out.
const KEY = 'rollcall.session';

export function currentSession() {
  try {
    const session = JSON.parse(sessionStorage.getItem(KEY));
    return session && session.expiresAt > Date.now() ? session : null;
  } catch {
    return null;
  }
}

export function endSession() {
  sessionStorage.removeItem(KEY);
}

/** Trades e-mail and password for a token; throws an Error whose message is meant for the person signing in. */
export async function startSession(email, password) {
  let response;
  try {
    response = await fetch('/auth/token', { method: 'POST', body: new URLSearchParams({ username: email, password }) });
  } catch {
    throw new Error('Rollcall does not answer. Is it running?');
  }
  const body = await response.json().catch(() => ({}));
  if (!response.ok || !body.access_token) {
    throw new Error(refusal(response.status, body));
  }
  const session = { email, token: body.access_token, expiresAt: Date.now() + (body.expires_in ?? 3600) * 1000 };
  sessionStorage.setItem(KEY, JSON.stringify(session));
  return session;
}

function refusal(status, body) {
  const said = [body.error_description, body.detail, body.message].find(text => typeof text === 'string');
  return said ?? (status < 500 ? 'This e-mail and password do not match.' : `Rollcall could not sign you in (${status}).`);
}
