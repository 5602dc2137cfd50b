import { Pagination } from 'antd';
import { useEffect } from 'react';
import { useWords } from '../app/words';

interface PagesProps {
  page: number;
  size: number;
  total: number;
  onPage: (page: number) => void;
}

/** Page numbers below a list that the sensor hands out page by page. */
export function Pages({ page, size, total, onPage }: PagesProps) {
  const { t, number } = useWords();
  const last = Math.max(1, Math.ceil(total / size));
  // An address may name a page that is there no more.
  const isBeyond = total > 0 && page > last;
  useEffect(() => {
    if (isBeyond) onPage(last);
  });
  if (total <= size) return null;
  return (
    <nav className="pages" aria-label={t('console.pages')}>
      <Pagination
        current={page}
        pageSize={size}
        total={total}
        showSizeChanger={false}
        showTotal={(all, [from, to]) => t('console.pages.range', { from: number(from), to: number(to), total: number(all) })}
        onChange={onPage}
      />
    </nav>
  );
}
