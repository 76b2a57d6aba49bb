export function MarksPage() { return null; }
