import { Pagination } from 'antd';
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
