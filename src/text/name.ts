/** What people type for the Uzbek oʻ, gʻ and ʼ, depending on their keyboard. */
export const APOSTROPHES =
  /['`\u02b9\u02bb-\u02bf\u02c8\u02ca\u02cb\u2018\u2019\u201b\u2032\u2035\ua78b\ua78c]/g

/**
 * The form in which names are compared, never shown: names that people consider the same have the same form. Case, blanks,
 * invisible marks and the kind of apostrophe or dash make no difference.
 */
export function comparableName(name: string): string {
  return (
    name
      .normalize('NFC')
      // NFKC would turn U+00B4 into a blank and an accent.
      .replaceAll('\u00b4', "'")
      .normalize('NFKC')
      .replace(APOSTROPHES, "'")
      .replace(/[\p{Pd}\u2212]/gu, '-')
      .replace(/[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu, '')
      // ẞ needs all three steps. Karakalpak has the dotless ı and the dotted İ.
      .toLowerCase()
      .toUpperCase()
      .toLowerCase()
      .replace(/i\u0307+/g, 'i')
      .replace(/\s+/g, ' ')
      .trim()
      .normalize('NFKC')
  )
}
