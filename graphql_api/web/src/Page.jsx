import { useState } from 'react';
import { Explorer } from './Explorer.jsx';
import { SignIn } from './SignIn.jsx';
import { currentSession, endSession } from './session.js';

export function Page() {
  const [session, setSession] = useState(currentSession);
  const [notice, setNotice] = useState('');

  const leave = reason => {
    endSession();
    setNotice(reason);
    setSession(null);
  };

  return session ? (
    <Explorer
      session={session}
      onSignOut={() => leave('You are signed out.')}
      onRefused={() => leave('Your sign-in has ended. Please sign in again.')}
    />
  ) : (
    <SignIn notice={notice} onSignedIn={setSession} />
  );
}
