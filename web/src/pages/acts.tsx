export function ActsPage() { return null; }
