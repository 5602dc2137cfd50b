import { Link } from 'react-router';
import { useTitle } from '../app/title';
import { useWords } from '../app/words';

/** An address that names no page. */
export default function Nowhere() {
  const { t } = useWords();
  useTitle(t('error.not_found'));
  return (
    <div className="nowhere">
      <h1>{t('error.not_found')}</h1>
      <p>
        <Link to="/">{t('console.nowhere.home')}</Link>
      </p>
    </div>
  );
}
