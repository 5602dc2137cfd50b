import type { Schema } from '../app/http';
import { useWords } from '../app/words';

interface RoleMarkProps {
  role?: Schema<'Role'> | null | undefined;
  confidence?: number | null | undefined;
}

/** What a machine does in the plant, and how sure that is. */
export function RoleMark({ role, confidence }: RoleMarkProps) {
  const { t, percent } = useWords();
  if (!role) return <span className="weak">{t('role.unknown')}</span>;
  return (
    <span className="role-mark">
      {t(`role.${role}`)}
      {confidence != null && <span className="weak"> {percent(confidence, 100)}</span>}
    </span>
  );
}
