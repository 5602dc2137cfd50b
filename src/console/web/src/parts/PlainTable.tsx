import type { ReactNode } from 'react';

interface PlainTableProps {
  label: string;
  /** Titles of the columns; those of numbers stand at the right. */
  columns: (string | { number: string })[];
  /** Alone on the page and not in a card. */
  framed?: boolean;
  children: ReactNode;
}

/** A table of few rows that are neither sorted nor ticked; what is too wide is moved within it. */
export function PlainTable({ label, columns, framed = false, children }: PlainTableProps) {
  return (
    <div className={framed ? 'plain-table-frame card' : 'plain-table-frame'} tabIndex={0} role="region" aria-label={label}>
      <table className="plain-table">
        <thead>
          <tr>
            {columns.map((column) => {
              const [title, name] = typeof column === 'string' ? [column] : [column.number, 'number'];
              return (
                <th key={title} scope="col" className={name}>
                  {title}
                </th>
              );
            })}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}
