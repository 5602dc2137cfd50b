/** The product's sign: a beacon tower with its fire. */
export function Mark({ size }: { size: number }) {
  return (
    <svg viewBox="0 0 32 32" width={size} height={size} aria-hidden="true">
      <path className="mark-tower" d="M9 30 11 17h10l2 13zM8 16v-4h3v2h3v-2h4v2h3v-2h3v4z" />
      <path className="mark-fire" d="M16 1c3 3 4 5 3.500 7.500C19 10.500 17.500 11 16 11s-3.500-1-3.500-3.200C12.500 5.500 15 4.500 16 1z" />
    </svg>
  );
}
