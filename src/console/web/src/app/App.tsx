import { Suspense, lazy } from 'react';
import { Login } from '../doors/Login';
import { Setup } from '../doors/Setup';
import { Mishap } from './Mishap';
import { usePlace } from './router';

const Shell = lazy(() => import('../shell/Shell'));

/** The two doors are plain and light; everything behind them is fetched when somebody comes in. */
export function App() {
  const { path } = usePlace();
  if (path === '/login') return <Login />;
  if (path === '/setup') return <Setup />;
  return (
    <Mishap>
      <Suspense>
        <Shell />
      </Suspense>
    </Mishap>
  );
}
