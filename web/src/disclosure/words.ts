/** Words of the register in the language of the screen, or in the other where it has none. */
export const wordsOf = (w: { zh: string; en: string }, language: string): string => (language.startsWith("zh") ? w.zh || w.en : w.en || w.zh);
