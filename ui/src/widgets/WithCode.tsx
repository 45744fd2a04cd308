/** Words in which `backticks` mark code, as the server's hints have them. */
export function WithCode({ text }: { readonly text: string }) {
  return (
    <>
      {text.split("`").map((piece, i) =>
        // biome-ignore lint/suspicious/noArrayIndexKey: pieces have no other identity.
        i % 2 === 1 ? <code key={i}>{piece}</code> : piece,
      )}
    </>
  );
}
