import { NavLink } from 'react-router';
import type { Key } from '../app/text';
import { useWords } from '../app/words';

interface SubNavProps {
  label: Key;
  links: { to: string; title: Key }[];
}

/** Pages that belong together, as tabs below the main menu. */
export function SubNav({ label, links }: SubNavProps) {
  const { t } = useWords();
  return (
    <nav className="sub-nav" aria-label={t(label)}>
      {links.map(({ to, title }) => (
        <NavLink key={to} to={to} end>
          {t(title)}
        </NavLink>
      ))}
    </nav>
  );
}
