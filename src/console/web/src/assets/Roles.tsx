import type { Schema } from '../app/http';
import { useWords } from '../app/words';
import { Card } from '../parts/Card';
import { Confidence } from '../parts/Confidence';

/** What a machine seems to be, and by which behaviour. */
export function Roles({ roles }: { roles: Schema<'RoleView'>[] }) {
  const { t, say } = useWords();
  return (
    <Card title={t('console.roles.title')}>
      {roles.length === 0 && <p className="weak">{t('console.roles.none')}</p>}
      <ul className="role-list">
        {roles.map((role) => (
          <li key={`${role.role} ${role.reason.en}`}>
            <p>
              <strong>{t(`role.${role.role}`)}</strong> <Confidence value={role.confidence} />
            </p>
            <p className="weak">{t('console.roles.because', { reason: say(role.reason) })}</p>
            <p className="weak">{t(`console.role_what.${role.role}`)}</p>
          </li>
        ))}
      </ul>
    </Card>
  );
}
