import { useEffect, useState } from 'react';
import { SignIn } from './SignIn.jsx';
import { currentSession, endSession, signOut, takeNotice, watchSession } from './session.js';

/** Shows the sign-in until there is a session, then what `children(session, { onSignOut, onRefused })` gives. */
export function SignedIn({ lead, children }) {
  const [session, setSession] = useState(currentSession);
  const [notice] = useState(() => (session ? '' : takeNotice()));

  useEffect(() => (session ? watchSession() : undefined), [session]);

  if (!session) return <SignIn lead={lead} notice={notice} onSignedIn={setSession} />;
  return children(session, { onSignOut: signOut, onRefused: () => endSession() });
}
