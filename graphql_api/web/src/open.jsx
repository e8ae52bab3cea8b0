import './page.css';
import './open.css';
import { createRoot } from 'react-dom/client';
import { Opened } from './Opened.jsx';
import { SignedIn } from './SignedIn.jsx';

const id = decodeURIComponent(location.pathname.replace(/^.*\/open\//, ''));

createRoot(document.getElementById('root')).render(
  <SignedIn lead="Sign in to open it. You see what your role allows.">
    {(session, ways) => <Opened id={id} session={session} {...ways} />}
  </SignedIn>,
);
