//! Pauses in what makes many rows of few.
//!
//! A question ends at its next pause when its time is over or whoever asked has gone. DataFusion pauses where rows are read and handed
//! to other threads; a join of joins makes millions of rows of one batch that was read, and between them nothing would ever pause.

use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::config::ConfigOptions;
use datafusion::error::Result;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::coop::CooperativeExec;

/// Lets joins, and lists that become rows, pause like tables that are read.
#[derive(Debug)]
pub(super) struct Pauses;

impl PhysicalOptimizerRule for Pauses {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _config: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        let paused = plan.transform_up(|part| match multiplies(part.as_ref()) {
            true => Ok(Transformed::yes(Arc::new(CooperativeExec::new(part)) as Arc<dyn ExecutionPlan>)),
            false => Ok(Transformed::no(part)),
        });
        paused.map(|plan| plan.data)
    }

    fn name(&self) -> &str {
        "Pauses"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

fn multiplies(part: &dyn ExecutionPlan) -> bool {
    part.children().len() > 1 || part.name() == "UnnestExec"
}
