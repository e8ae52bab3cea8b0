import { useState } from 'react';
import iconUrl from './icon.svg';
import { startSession } from './session.js';

export function SignIn({ lead, notice, onSignedIn }) {
  const [problem, setProblem] = useState('');
  const [busy, setBusy] = useState(false);

  const submit = async event => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    setBusy(true);
    setProblem('');
    try {
      onSignedIn(await startSession(form.get('email').trim(), form.get('password')));
    } catch (error) {
      setProblem(error.message);
      setBusy(false);
    }
  };

  return (
    <main className="sign-in">
      <form onSubmit={submit}>
        <h1>
          <img src={iconUrl} alt="" /> Rollcall
        </h1>
        <p className="lead">{lead}</p>
        {notice && !problem && <p className="notice" role="status">{notice}</p>}
        {problem && <p className="problem" role="alert">{problem}</p>}
        <label>
          E-mail
          <input name="email" type="email" autoComplete="username" required autoFocus />
        </label>
        <label>
          Password
          <input name="password" type="password" autoComplete="current-password" required />
        </label>
        <button type="submit" disabled={busy}>{busy ? 'Signing in …' : 'Sign in'}</button>
      </form>
    </main>
  );
}
