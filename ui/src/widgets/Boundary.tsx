/** Keeps a part that fails to draw from taking the page with it. Give it a key to try anew. */

import { Component, type ReactNode } from "react";
import { ErrorPanel } from "./ErrorPanel";

type BoundaryProps = {
  /** What was being done, to follow "Could not": `show this span`. */
  readonly doing: string;
  readonly children: ReactNode;
};

type BoundaryState = { readonly error: unknown; readonly failed: boolean };

export class Boundary extends Component<BoundaryProps, BoundaryState> {
  override state: BoundaryState = { error: undefined, failed: false };

  static getDerivedStateFromError(error: unknown): BoundaryState {
    return { error, failed: true };
  }

  override render(): ReactNode {
    if (!this.state.failed) return this.props.children;
    return (
      <ErrorPanel
        error={this.state.error}
        doing={this.props.doing}
        onRetry={() => this.setState({ error: undefined, failed: false })}
      />
    );
  }
}
