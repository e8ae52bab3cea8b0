import { useState } from 'react';
import { SignIn } from './SignIn.jsx';
import { currentSession, endSession } from './session.js';

/** Shows the sign-in until there is a session, then what `children(session, { onSignOut, onRefused })` gives. */
export function SignedIn({ lead, children }) {
  const [session, setSession] = useState(currentSession);
  const [notice, setNotice] = useState('');

  const leave = reason => {
    endSession();
    setNotice(reason);
    setSession(null);
  };

  if (!session) return <SignIn lead={lead} notice={notice} onSignedIn={setSession} />;
  return children(session, {
    onSignOut: () => leave('You are signed out.'),
    onRefused: () => leave('Your sign-in has ended. Please sign in again.'),
  });
}
