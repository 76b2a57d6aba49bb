export function CamerasPage() { return null; }
