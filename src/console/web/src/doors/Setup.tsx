import { useState } from 'react';
import { Link, useNavigate, useSearchParams } from 'react-router';
import { RequestError, get, post } from '../app/http';
import { useLoad } from '../app/load';
import type { Key } from '../app/text';
import { useWords } from '../app/words';
import { Door } from './Door';
import { Field } from './Field';

const SHORTEST = 10;
const LONGEST = 128;

/** Makes the first user; opened by the one-time link that the program prints at its first start. */
export function Setup() {
  const { t, error: say } = useWords();
  const navigate = useNavigate();
  const [query] = useSearchParams();
  const token = query.get('token') ?? '';
  const [user, setUser] = useState('');
  const [password, setPassword] = useState('');
  const [again, setAgain] = useState('');
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<unknown>(null);
  const setup = useLoad('setup', (signal) => get('/api/v1/setup', { signal }));

  const create = async () => {
    const length = Array.from(password).length;
    if (length < SHORTEST || length > LONGEST) return setProblem(refused('error.password_length'));
    if (password !== again) return setProblem(refused('console.setup.differ'));
    setBusy(true);
    try {
      await post('/api/v1/setup', { body: { token, user, password } });
      await navigate('/', { replace: true });
    } catch (error) {
      setProblem(error);
    } finally {
      setBusy(false);
    }
  };

  const done = setup.data?.needed === false;
  return (
    <Door title={t('console.setup.title')} problem={problem === null ? null : say(problem)} onSubmit={() => void create()}>
      {done && (
        <p>
          {t('console.setup.done')} <Link to="/login">{t('console.login.title')}</Link>
        </p>
      )}
      {!done && token === '' && <p>{t('console.setup.no_token')}</p>}
      {!done && token !== '' && (
        <>
          <p className="weak">{t('console.setup.what')}</p>
          <Field label={t('console.login.user')} type="text" autoComplete="username" value={user} onChange={setUser} autoFocus />
          <Field label={t('console.setup.password')} type="password" autoComplete="new-password" value={password} onChange={setPassword} />
          <Field label={t('console.setup.again')} type="password" autoComplete="new-password" value={again} onChange={setAgain} />
          <button type="submit" className="plain-button" disabled={busy}>
            {t('console.setup.button')}
          </button>
        </>
      )}
    </Door>
  );
}

/** What this page refuses itself, said as the API would. */
function refused(key: Key): RequestError {
  return new RequestError(400, key, null);
}
