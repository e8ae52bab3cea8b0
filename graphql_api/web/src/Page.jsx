import { Explorer } from './Explorer.jsx';
import { SignedIn } from './SignedIn.jsx';

export function Page() {
  return (
    <SignedIn lead="Sign in to ask the GraphQL API. You see what your role allows.">
      {(session, ways) => <Explorer session={session} {...ways} />}
    </SignedIn>
  );
}
