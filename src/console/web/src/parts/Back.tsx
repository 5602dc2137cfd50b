import { Link } from 'react-router';

/** The way back to the list that something was chosen from. */
export function Back({ to, children }: { to: string; children: string }) {
  return (
    <Link to={to} className="back">
      <span aria-hidden="true">←</span> {children}
    </Link>
  );
}
