import { useEffect, useState } from 'react';
import { useNavigate, useSearchParams } from 'react-router';
import { RequestError, get, post } from '../app/http';
import { useLoad } from '../app/load';
import { nextAddress } from '../app/addresses';
import { useWords } from '../app/words';
import { Door } from './Door';
import { Field } from './Field';
import { useCountdown } from './countdown';

export function Login() {
  const { t, error: say } = useWords();
  const navigate = useNavigate();
  const [query] = useSearchParams();
  const [user, setUser] = useState('');
  const [password, setPassword] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const [wait, startWait] = useCountdown();
  const setup = useLoad('setup', (signal) => get('/api/v1/setup', { signal }));

  // The console itself is fetched while the person types.
  useEffect(() => {
    void import('../shell/Shell').catch(() => undefined);
  }, []);

  const logIn = async () => {
    setBusy(true);
    try {
      await post('/api/v1/login', { body: { user, password } });
      await navigate(nextAddress(query), { replace: true });
    } catch (error) {
      setProblem(error);
      setPassword('');
      if (error instanceof RequestError && error.retryAfter) startWait(error.retryAfter);
    } finally {
      setBusy(false);
    }
  };

  const waiting = wait > 0 ? t('console.login.wait', { seconds: wait }) : null;
  const shown = waiting ?? (problem === null ? null : say(problem));
  return (
    <Door title={t('console.login.title')} problem={shown} onSubmit={() => void logIn()}>
      {setup.data?.needed && <p>{t('console.login.no_user')}</p>}
      <Field label={t('console.login.user')} type="text" autoComplete="username" value={user} onChange={setUser} autoFocus />
      <Field label={t('console.login.password')} type="password" autoComplete="current-password" value={password} onChange={setPassword} />
      <button type="submit" className="plain-button" disabled={busy || wait > 0}>
        {t('console.login.button')}
      </button>
    </Door>
  );
}
