import type { ReactNode } from 'react';
import { Mark } from './Mark';

/** Nothing to show, and why that is so. */
export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="empty">
      <Mark size={40} />
      <p className="empty-title">{title}</p>
      {children}
    </div>
  );
}
