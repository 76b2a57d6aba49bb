import type { Camera } from "../api/types";
export function Replay(_: { camera: string; viewing: string; from: number; to: number; zone: string; onEnd: () => void }) { return null; }
export function ReplayDialog(_: { camera: Camera | undefined; onClose: () => void; onStart: (v: { camera: string; viewing: string; from: number; to: number }) => void }) { return null; }
