//! Other orders of a tree's nodes, and the tree whose equal subtrees share their nodes.

use std::collections::{HashMap, VecDeque};

use ipmint::mmdb::{RecordSize, Shape};

/// The nodes of a file, as they are numbered there.
pub(crate) struct Tree {
    nodes: Vec<[u32; 2]>,
    /// IPv4's root, or no node's number.
    v4_root: u32,
}

/// How the upper levels of IPv6's tree and of IPv4's are laid out; what is below them is in pre-order.
#[derive(Clone, Copy)]
pub(crate) enum Order {
    /// Level by level, so many levels of IPv4's and IPv6's.
    Breadth(u32, u32),
    /// By recursive halving of the height (van Emde Boas), of so many levels.
    Halving(u32, u32),
    /// As many nodes of a subtree together as a page holds, level by level; then those below, in the same way.
    Pages,
}

impl Tree {
    pub(crate) fn read(tree: &[u8], Shape { n_nodes, record_size }: Shape) -> Self {
        let nodes: Vec<[u32; 2]> = tree
            .chunks_exact(record_size.node_bytes())
            .map(|node| record_size.decode(node))
            .collect();
        let is_node = |&node: &u32| node < n_nodes;
        let v4_root =
            (0..96).try_fold(0, |node: u32, _| Some(nodes[node as usize][0]).filter(is_node));
        Self { nodes, v4_root: v4_root.unwrap_or(n_nodes) }
    }

    /// The bytes of the same tree in another order: IPv6's nodes, then IPv4's.
    pub(crate) fn ordered(&self, order: Order, size: RecordSize) -> Vec<u8> {
        let mut old = Vec::with_capacity(self.nodes.len());
        for (root, is_v4) in [(0, false), (self.v4_root, true)] {
            if root as usize >= self.nodes.len() {
                continue;
            }
            let mut below = Vec::new();
            match order {
                Order::Breadth(v4, v6) => {
                    self.breadth(root, if is_v4 { v4 } else { v6 }, &mut old, &mut below);
                }
                Order::Halving(v4, v6) => {
                    self.halving(root, if is_v4 { v4 } else { v6 }, &mut old, &mut below);
                }
                Order::Pages => self.pages(root, 4096 / size.node_bytes(), &mut old),
            }
            while let Some(node) = below.pop() {
                old.push(node);
                below.extend(self.below(node).rev());
            }
        }
        assert_eq!(old.len(), self.nodes.len(), "every node once");
        let mut new = vec![u32::MAX; old.len()];
        for (number, &node) in (0..).zip(&old) {
            new[node as usize] = number;
        }
        let renumbered = |record: u32| new.get(record as usize).copied().unwrap_or(record);
        encoded(old.iter().map(|&node| self.nodes[node as usize].map(renumbered)), size)
    }

    /// The nodes below, but for IPv4's root.
    fn below(&self, node: u32) -> impl DoubleEndedIterator<Item = u32> {
        let (n_nodes, v4_root) = (self.nodes.len() as u32, self.v4_root);
        let is_below = move |&record: &u32| record < n_nodes && record != v4_root;
        self.nodes[node as usize].into_iter().filter(is_below)
    }

    /// Appends the upper levels of a subtree to `out`, and what is right below them, last first, to `below`.
    fn breadth(&self, root: u32, levels: u32, out: &mut Vec<u32>, below: &mut Vec<u32>) {
        let mut level = vec![root];
        for _ in 0..levels {
            out.extend(&level);
            level = level.iter().flat_map(|&node| self.below(node)).collect();
        }
        below.extend(level.iter().rev());
    }

    fn halving(&self, root: u32, levels: u32, out: &mut Vec<u32>, below: &mut Vec<u32>) {
        let mut next = Vec::new();
        self.halved(root, levels, out, &mut next);
        below.extend(next.iter().rev());
    }

    fn halved(&self, root: u32, levels: u32, out: &mut Vec<u32>, below: &mut Vec<u32>) {
        if levels == 1 {
            out.push(root);
            below.extend(self.below(root));
            return;
        }
        let mut middle = Vec::new();
        self.halved(root, levels / 2, out, &mut middle);
        for node in middle {
            self.halved(node, levels - levels / 2, out, below);
        }
    }

    fn pages(&self, root: u32, n_page: usize, out: &mut Vec<u32>) {
        let mut roots = vec![root];
        while let Some(root) = roots.pop() {
            let mut queue = VecDeque::from([root]);
            for _ in 0..n_page {
                let Some(node) = queue.pop_front() else { break };
                out.push(node);
                queue.extend(self.below(node));
            }
            roots.extend(queue.iter().rev());
        }
    }

    /// The nodes, in pre-order of where each is first met, if equal subtrees share them; records of values
    /// still count from the old number of nodes.
    pub(crate) fn shared(&self) -> Vec<[u32; 2]> {
        let n_nodes = self.nodes.len();
        let is_node = |record: u32| (record as usize) < n_nodes;
        // Of each node its class; of each class the first of its nodes. Children come after their parents, but
        // for IPv4's root, which is therefore a class of its own from the start.
        let mut class = vec![0; n_nodes];
        let mut first = vec![self.v4_root];
        let mut known = HashMap::with_capacity(n_nodes / 2);
        for (node, records) in self.nodes.iter().enumerate().rev() {
            if node as u32 == self.v4_root {
                continue;
            }
            let said = records.map(|record| {
                (is_node(record), if is_node(record) { class[record as usize] } else { record })
            });
            let next = first.len() as u32;
            class[node] = *known.entry(said).or_insert(next);
            if class[node] == next {
                first.push(0);
            }
            first[class[node] as usize] = node as u32;
        }
        let kept: Vec<usize> =
            (0..n_nodes).filter(|&node| first[class[node] as usize] == node as u32).collect();
        let mut new = vec![0; n_nodes];
        for (number, &node) in (0..).zip(&kept) {
            new[node] = number;
        }
        let moved = |record: u32| {
            if is_node(record) {
                new[first[class[record as usize] as usize] as usize]
            } else {
                record
            }
        };
        // A record that is no node's stays above all that are.
        kept.into_iter().map(|node| self.nodes[node].map(moved)).collect()
    }
}

/// The bytes of nodes.
pub(crate) fn encoded(nodes: impl Iterator<Item = [u32; 2]>, size: RecordSize) -> Vec<u8> {
    let mut bytes = Vec::new();
    for node in nodes {
        let from = bytes.len();
        bytes.resize(from + size.node_bytes(), 0);
        size.encode(node, &mut bytes[from..]);
    }
    bytes
}
