/** The mark: a watch's ring with an eye at its centre. */
export function Logo({ size }: { size: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden focusable="false">
      <circle cx="16" cy="16" r="11.5" fill="none" stroke="#35c2a9" strokeWidth="3" strokeDasharray="54.2 18.1" transform="rotate(-90 16 16)" />
      <circle cx="16" cy="16" r="4.4" fill="#35c2a9" />
    </svg>
  );
}
