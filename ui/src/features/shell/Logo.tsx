/** The ball of thread. */

export function Logo({ size = 20 }: { readonly size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="var(--accent-solid)"
      strokeWidth="2"
      strokeLinecap="round"
      aria-hidden="true"
    >
      <circle cx="11" cy="11" r="9" />
      <path d="M3.4 8.2C8 5.6 14.400 6.600 18.800 13" />
      <path d="M2.600 12.400C7.600 9.400 13.200 10.400 16.600 17" />
      <path d="M6.400 4.600C11.200 3 16.600 4.800 19.600 9.200" />
      <path d="M15.800 17.600C17.400 19.600 19.600 20.600 22.400 20.400" />
    </svg>
  );
}
