import type { Schema } from '../app/http';
import { useWords } from '../app/words';
import { Card } from '../parts/Card';
import { Confidence } from '../parts/Confidence';

/** What a machine seems to be, and all that speaks for it. */
export function Roles({ roles }: { roles: Schema<'RoleView'>[] }) {
  const { t, say, list } = useWords();
  return (
    <Card title={t('console.roles.title')}>
      {roles.length === 0 && <p className="weak">{t('console.roles.none')}</p>}
      <ul className="role-list">
        {roles.map((role) => (
          <li key={role.role}>
            <p>
              <strong>{t(`role.${role.role}`)}</strong> <Confidence value={role.confidence} />
            </p>
            <p className="weak">{t('console.roles.because', { reason: list(role.reasons.map(say)) })}</p>
            <p className="weak">{t(`console.role_what.${role.role}`)}</p>
          </li>
        ))}
      </ul>
    </Card>
  );
}
